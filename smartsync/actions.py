"""What happens to syncs, schedules and lists, for the audit log."""

from django.utils.formats import number_format
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from audit.actions import Action, Facts
from core.isolated_text import join_names
from intacct.catalogue import LIST
from smartsync.models import SyncRun


def _grouped_counts(facts: Facts) -> Facts:
    """Return every count of records as the reader's language writes it: "12,345"."""
    return {name: number_format(value, force_grouping=True) for name, value in facts.items() if isinstance(value, int)}


def _result(facts: Facts) -> Facts:
    return {"result": dict(SyncRun.Result.choices).get(facts["result"], facts["result"])}


def _list_title(facts: Facts) -> Facts:
    return {"list": _title(facts["list"])}


def _list_names(facts: Facts) -> Facts:
    """Return which lists were turned on and off, by their titles."""
    return {name: join_names(map(_title, facts[name])) or pgettext("lists", "none") for name in ("on", "off")}


def _title(slug: str) -> str:
    """Return the list's title. Only the connection knows those of user-defined dimensions."""
    return gettext(LIST[slug].title) if slug in LIST else slug


ACTIONS = (
    Action("list.downloaded", _("Downloaded the list %(list)s"), words=_list_title),
    Action(
        "list.deletions_confirmed",
        _("Confirmed deletions in Intacct: %(marked)s records marked as deleted"),
        words=_grouped_counts,
    ),
    Action(
        "list.deletions_held",
        _("%(missing)s missing and %(inactive)s inactive records are on hold until someone confirms"),
        words=_grouped_counts,
    ),
    Action("list.deletions_rejected", _("Rejected deletions in Intacct: the records stay unchanged")),
    Action("list.deletions_returned", _("Missing records are back in Intacct")),
    Action(
        "list.records_removed", _("Removed %(records)s records that Intacct deleted long ago"), words=_grouped_counts
    ),
    Action("list.removed", _("Removed the lists of %(legal_entity)s, which were no longer kept in sync")),
    Action("list_run.retried", _("Retried the list %(list)s"), words=_list_title),
    Action(
        "profile.guard_changed",
        _("Changed the share of missing records that puts deletions on hold: %(percent)s percent"),
    ),
    Action(
        "profile.lists_chosen", _("Chose the lists in use. Turned on: %(on)s. Turned off: %(off)s"), words=_list_names
    ),
    Action("schedule.changed", _("Changed a schedule")),
    Action("schedule.created", _("Created a schedule")),
    Action("schedule.missed", _("A scheduled sync did not run"), outcome="failed"),
    Action("schedule.paused", _("Paused a schedule")),
    Action("schedule.removed", _("Removed a schedule")),
    Action("schedule.resumed", _("Resumed a schedule")),
    Action("schedule.set_aside", _("A schedule was paused because it cannot start")),
    Action("sync_run.cancel_requested", _("Requested to cancel a sync")),
    Action("sync_run.finished", _("A sync finished: %(result)s"), words=_result),
    Action("sync_run.pruned", _("%(runs)s old syncs were removed")),
    Action("sync_run.started", _("Started a sync")),
)
SUBJECTS = {
    "list": _("Lists"),
    "list_run": _("Retried lists"),
    "schedule": _("Schedules"),
    "sync_run": _("Syncs"),
}
