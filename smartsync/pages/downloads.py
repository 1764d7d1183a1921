"""The rows of the files of lists and of the history, one at a time, since a file may be of any length."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from smartsync.models import ListItem, ListRun, SyncRun

PAGE = 2_000


def items_rows(chosen: QuerySet[ListItem], fields: Sequence[str]) -> Iterator[list[Any]]:
    """Query page after page by key, so that no cursor or transaction stays open while a slow client downloads."""
    yield [_("Code"), _("Name"), _("Active"), _("First synced"), _("Last changed in Beanworks"), *fields]
    last_key = -1
    while page := list(chosen.filter(key__gt=last_key).order_by("key")[:PAGE]):
        for item in page:
            fixed = [item.code, item.name, item.active, item.first_seen_at, item.changed_at]
            yield [*fixed, *(item.fields.get(name, "") for name in fields)]
        last_key = page[-1].key


def history_rows(runs: QuerySet[SyncRun]) -> Iterator[list[Any]]:
    """A row for each list of each run, newest run first."""
    yield [
        *(
            _("Sync"),
            _("Legal entity"),
            _("Intacct company"),
            _("Level"),
            _("Kind"),
            _("Changes since"),
            _("Started by"),
        ),
        *(_("Started"), _("Ended"), _("Result"), _("List"), _("State of the list"), _("Read"), _("In Intacct")),
        *(_("New"), _("Changed"), _("Unchanged"), _("Deactivated")),
    ]
    for run in runs.iterator(chunk_size=PAGE):
        for list_run in run.lists.all():
            yield [*_run_cells(run), *_list_cells(list_run)]


def _run_cells(run: SyncRun) -> list[Any]:
    profile = run.profile
    return [
        *(run.pk, profile.legal_entity.name, profile.connection.company_id, profile.entity_id or _("Top level")),
        *(run.get_kind_display(), run.since, run.started_by, run.created_at, run.finished_at),
        run.get_result_display() or run.get_state_display(),
    ]


def _list_cells(list_run: ListRun) -> list[Any]:
    records = [list_run.read, list_run.counted_after, list_run.new, list_run.changed, list_run.unchanged]
    return [list_run.label, list_run.get_state_display(), *records, list_run.deactivated]
