"""What happens to syncs, schedules and lists, for the audit log."""

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from audit.actions import Action, Facts


def _grouped_counts(facts: Facts) -> Facts:
    """Return every count of records as the reader's language writes it: "12,345"."""
    return {name: number_format(value, force_grouping=True) for name, value in facts.items() if isinstance(value, int)}


ACTIONS = (
    Action("list.downloaded", _("Downloaded the list %(list)s")),
    Action(
        "list.deletions_confirmed",
        _("Confirmed that records were deleted in Intacct: %(marked)s were marked"),
        words=_grouped_counts,
    ),
    Action(
        "list.deletions_held",
        _("%(missing)s missing and %(inactive)s inactive records are held until someone confirms"),
        words=_grouped_counts,
    ),
    Action("list.deletions_rejected", _("Rejected that records were deleted in Intacct: they stay as they are")),
    Action("list.deletions_returned", _("Records that were missing came back")),
    Action("list_run.retried", _("Had the list %(list)s read again")),
    Action("profile.guard_changed", _("Changed from which share on missing records are held: %(percent)s percent")),
    Action("schedule.changed", _("Changed a schedule")),
    Action("schedule.created", _("Made a schedule")),
    Action("schedule.missed", _("A scheduled sync did not run")),
    Action("schedule.paused", _("Paused a schedule")),
    Action("schedule.removed", _("Removed a schedule")),
    Action("schedule.resumed", _("Resumed a schedule")),
    Action("schedule.set_aside", _("A schedule was paused because it cannot start")),
    Action("sync_run.cancel_asked", _("Asked to stop a sync")),
    Action("sync_run.finished", _("A sync ended: %(result)s")),
    Action("sync_run.pruned", _("%(runs)s old syncs were removed")),
    Action("sync_run.started", _("Started a sync")),
)
SUBJECTS = {
    "list": _("Lists"),
    "list_run": _("Lists read again"),
    "schedule": _("Schedules"),
    "sync_run": _("Syncs"),
}
