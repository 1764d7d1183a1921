from django.utils.translation import gettext_noop as _

from wizard.help.topic import Section, Topic

SECTION = Section(
    _("Syncing lists"),
    (
        Topic(
            "BC-501",
            "counts_differ",
            _("Intacct counted a different number of records than it sent"),
            _(
                "We compare the records we read with Intacct’s own count before and after. They differed twice, "
                "so the list "
                "stays incomplete. Nothing was marked as deleted."
            ),
            (_("Users or programs were adding or deleting records in this list during the sync."),),
        ),
        Topic(
            "BC-502",
            "query_refused",
            _("Intacct refused our query for a list"),
            _("Often a field that we ask for does not exist in your company, or was removed since the last sync."),
            (_("A custom field was deleted."), _("An application was turned off.")),
        ),
        Topic(
            "BC-503",
            "record_refused",
            _("Intacct refused a record"),
            _("A rule of your company does not allow this record. The message names the rule or the field."),
            (_("A required field, a closed period or a rule was added in Intacct."),),
        ),
        Topic(
            "BC-504",
            "rolled_back",
            _("Intacct reversed this because another part failed"),
            _("Intacct treats some requests as one. If one part fails, it reverses the others."),
        ),
        Topic(
            "BC-505",
            "formatting_unusual",
            _("The Beanworks user has an unusual date format"),
            _(
                "Intacct compares dates in the format of the user that signs in. With this format, we cannot ask "
                "for recent changes, so each partial sync reads every list in full. Syncs work, but take longer."
            ),
            (_("The user’s or the company’s date format was changed."),),
        ),
        Topic(
            "BC-506",
            "field_refused",
            _("Intacct refused a field that a list needs"),
            _(
                "If Intacct refuses a field, we read the list without it. We cannot leave out the record number, "
                "the ID and the status, because they identify records."
            ),
            (_("An application was turned off."), _("Intacct changed the field in a release.")),
        ),
        Topic(
            "BC-509",
            "schedule_zone_unknown",
            _("A schedule was paused because its time zone no longer exists"),
            _("Time zones are sometimes renamed or removed. We do not guess when a sync should start."),
            (_("An update of the time zone database removed or renamed the time zone."),),
        ),
        Topic(
            "BC-507",
            "records_set_aside",
            _("Some records could not be stored"),
            _(
                "A record contains a value that we cannot store, for example a code of several thousand "
                "characters. We set this record aside and sync all others. If we stored an earlier version of "
                "the record, we keep it."
            ),
            (_("Someone edited or imported the record in Intacct."),),
        ),
        Topic(
            "BC-508",
            "deletions_held",
            _("Many records of a list are missing or inactive in Intacct"),
            _(
                "A full sync found far fewer active records than before. We changed nothing and ask you first, "
                "because a changed permission or entity restriction in Intacct makes records invisible to us, "
                "not deleted."
            ),
            (
                _("A permission or an entity restriction of the Beanworks user was changed in Intacct."),
                _("Many records were deleted or made inactive, for example in a clean-up."),
            ),
        ),
    ),
)
