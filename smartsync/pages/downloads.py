"""The rows of the files of lists and of the history, one at a time, since a file may be of any length."""

from collections.abc import Iterator, Sequence
from heapq import merge
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from smartsync.models import ListItem, ListRun, MissedRun, SyncRun
from smartsync.models.list_runs import all_lists
from wizard.models import SyncProfile

Run = TypeVar("Run", SyncRun, MissedRun)
PAGE = 2_000
RUNS = 500
"""Runs read at once, each with up to thirty lists."""


def items_rows(chosen: QuerySet[ListItem], fields: Sequence[str]) -> Iterator[list[Any]]:
    """Query page after page by key, so that no cursor or transaction stays open while a slow client downloads."""
    yield [_("Code"), _("Name"), _("Active"), _("First synced"), _("Last changed in Beanworks"), *fields]
    last_key = -1
    while page := list(chosen.filter(key__gt=last_key).order_by("key")[:PAGE]):
        for item in page:
            fixed = [item.code, item.name, item.active, item.first_seen_at, item.changed_at]
            yield [*fixed, *(item.fields.get(name, "") for name in fields)]
        last_key = page[-1].key


def history_rows(runs: QuerySet[SyncRun], missed_runs: QuerySet[MissedRun]) -> Iterator[list[Any]]:
    """A row for each list of each run, and one for each missed run, newest first."""
    yield [
        *(_("Sync"), _("Legal entity"), _("Intacct company"), _("Level")),
        *(_("Kind"), _("Changes since"), _("Started by"), _("Started"), _("Ended"), _("Result")),
        *(_("List"), _("State of the list"), _("Read"), _("In Intacct")),
        *(_("New"), _("Changed"), _("Unchanged"), _("Deactivated"), _("Reason")),
    ]
    by_time = merge(
        ((run.created_at, _run_rows(run)) for run in _newest_first(runs)),
        ((missed.due_at, [_missed_row(missed)]) for missed in _newest_first(missed_runs)),
        key=lambda entry: entry[0],
        reverse=True,
    )
    for _at, rows in by_time:
        yield from rows


def _newest_first(runs: QuerySet[Run]) -> Iterator[Run]:
    """Query page after page. A cursor would read all runs before it gave the first one.

    By primary key, the order in which they were recorded: a time that Python cannot represent, such as "-infinity",
    would be no place to continue from.
    """
    in_order = runs.order_by("-pk")
    older = in_order
    while page := list(older[:RUNS]):
        yield from page
        older = in_order.filter(pk__lt=page[-1].pk)


def _run_rows(run: SyncRun) -> list[list[Any]]:
    cells = [
        *(run.pk, *_profile_cells(run.profile)),
        *(run.get_kind_display(), run.since, run.started_by, run.created_at, run.finished_at),
        run.get_result_display() or run.get_state_display(),
    ]
    return [[*cells, *_list_cells(list_run), ""] for list_run in all_lists(run)]


def _missed_row(missed: MissedRun) -> list[Any]:
    return [
        *("", *_profile_cells(missed.schedule.profile)),
        *(_("Partial sync"), "", _("A schedule"), missed.due_at, "", _("Did not start")),
        *[""] * 8,
        missed.get_reason_display(),
    ]


def _profile_cells(profile: SyncProfile) -> list[str]:
    return [profile.legal_entity.name, profile.connection.company_id, profile.entity_id or _("Top level")]


def _list_cells(list_run: ListRun) -> list[Any]:
    records = [list_run.read, list_run.counted_after, list_run.new, list_run.changed, list_run.unchanged]
    return [list_run.label, list_run.get_state_display(), *records, list_run.deactivated]
