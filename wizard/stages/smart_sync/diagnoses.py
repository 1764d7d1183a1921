"""What is wrong with the syncs and schedules of a profile. SmartSync opens an incident for each."""

from django.utils.translation import gettext_noop as _

from intacct.diagnosis import Diagnosis, Who

DIAGNOSES = (
    Diagnosis(
        "schedule_zone_unknown",
        Who.CUSTOMER_ADMINISTRATOR,
        _("A schedule of %(legal_entity)s is paused: its time zone %(zone)s no longer exists"),
        (_("Open the schedules of %(legal_entity)s, choose Change, and select another time zone."),),
    ),
    Diagnosis(
        "schedule_failed",
        Who.BEANWORKS,
        _("A schedule of %(legal_entity)s is paused: we could not start its sync"),
        (
            _("Beanworks has been notified and is looking for the cause. Until it is fixed, start syncs yourself."),
            _("After Beanworks has fixed it, open the schedules and choose Resume."),
        ),
    ),
    Diagnosis(
        "records_set_aside",
        Who.INTACCT_ADMINISTRATOR,
        _("Some records of %(legal_entity)s cannot be stored: %(records)s"),
        (
            _("Open the latest sync. It lists each record with its number and the reason."),
            _("Correct these records in Intacct. The next sync reads them again."),
        ),
    ),
    Diagnosis(
        "deletions_held",
        Who.CUSTOMER_ADMINISTRATOR,
        _("%(count)s of %(total)s records in %(subject)s of %(legal_entity)s are missing or inactive in Intacct"),
        (
            _("Open the list and confirm or reject. Until then, these records stay as they are."),
            _(
                "If they still exist, check the permissions and the entity restrictions of the Beanworks user. "
                "Records that it cannot see look like deleted ones."
            ),
        ),
    ),
)
