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
            (_("People or programs were adding or deleting records in this list during the sync."),),
        ),
        Topic(
            "BC-502",
            "query-refused",
            _("Intacct refused our query for a list"),
            _("Often a field that we ask for does not exist in your company, or was removed since the last sync."),
            (_("A custom field was deleted."), _("An application was turned off.")),
        ),
        Topic(
            "BC-503",
            "record-refused",
            _("Intacct refused a record"),
            _("A rule of your company does not allow this record. The message names the rule or the field."),
            (_("A required field, a closed period or a rule was added in Intacct."),),
        ),
        Topic(
            "BC-504",
            "rolled-back",
            _("Intacct undid this together with something that failed"),
            _("Intacct treats some requests as one. When one part fails it undoes the others."),
        ),
        Topic(
            "BC-505",
            "formatting_unusual",
            _("The Beanworks user has an unusual date format"),
            _(
                "Intacct compares dates in the format of the user that signs in. With this format we cannot ask "
                "for recent "
                "changes, so each incremental sync reads whole lists. It works, but takes longer."
            ),
            (_("The user’s or the company’s date format was changed."),),
        ),
        Topic(
            "BC-506",
            "field-refused",
            _("Intacct refuses a field that a list cannot do without"),
            _(
                "Fields that Intacct refuses are left out, and the list is read without them. The record number,"
                " the ID and the status cannot be left out, because records are recognized by them."
            ),
            (_("An application was turned off."), _("Intacct changed the field in a release.")),
        ),
    ),
)
