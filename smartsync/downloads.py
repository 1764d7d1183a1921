"""What the files of lists and of the history hold, row by row: they may be of any length."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from smartsync.models import ListItem, ListRun, SyncRun

PAGE = 2_000


def items_rows(chosen: QuerySet[ListItem], fields: Sequence[str]) -> Iterator[list[Any]]:
    """Page after page by key: no cursor and no transaction stays open while a slow reader takes its time."""
    yield [_("Code"), _("Name"), _("Active"), _("First read"), _("Last change here"), *fields]
    reached = -1
    while page := list(chosen.filter(key__gt=reached).order_by("key")[:PAGE]):
        for each in page:
            fixed = [each.code, each.name, each.active, each.first_seen_at, each.changed_at]
            yield [*fixed, *(each.fields.get(name, "") for name in fields)]
        reached = page[-1].key


def history_rows(runs: QuerySet[SyncRun]) -> Iterator[list[Any]]:
    """A row for each list of each run, newest run first."""
    yield [
        *(_("Sync"), _("Legal entity"), _("Intacct company"), _("Level"), _("Kind"), _("From when"), _("Started by")),
        *(_("Started"), _("Ended"), _("Result"), _("List"), _("State of the list"), _("Read"), _("In Intacct")),
        *(_("New"), _("Changed"), _("Unchanged"), _("Deactivated")),
    ]
    for run in runs.iterator(chunk_size=PAGE):
        for each in run.lists.all():
            yield [*_run_cells(run), *_list_cells(each)]


def _run_cells(run: SyncRun) -> list[Any]:
    profile = run.profile
    return [
        *(run.pk, profile.legal_entity.name, profile.connection.company_id, profile.entity_id or _("Top level")),
        *(run.get_kind_display(), run.since, run.started_by, run.created_at, run.finished_at),
        run.get_result_display() or run.get_state_display(),
    ]


def _list_cells(each: ListRun) -> list[Any]:
    counts = [each.read, each.counted_after, each.new, each.changed, each.unchanged, each.deactivated]
    return [each.label, each.get_state_display(), *counts]
