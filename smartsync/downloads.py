"""Files of any length in flat memory: rows go out as they come in."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from smartsync.models import ListItem, ListRun, SyncRun

PAGE = 2_000
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would compute instead of show."""


class Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def csv_response(name: str, rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    writer = csv.writer(Echo())
    lines = (writer.writerow([_plain(cell) for cell in row]) for row in rows)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, get_valid_filename(name)) or "attachment"
    return response


def _plain(cell: Any) -> Any:
    risky = isinstance(cell, str) and cell.startswith(FORMULA) and not _is_number(cell)
    return f"'{cell}" if risky else cell


def _is_number(text: str) -> bool:
    return text[1:].replace(".", "", 1).isdecimal()


def items_rows(chosen: QuerySet[ListItem], fields: Sequence[str]) -> Iterator[list[Any]]:
    """Page after page by key: no cursor and no transaction stays open while a slow reader takes its time."""
    yield [_("Code"), _("Name"), _("Active"), _("First read"), _("Last change here"), *fields]
    reached = -1
    while page := list(chosen.filter(key__gt=reached).order_by("key")[:PAGE]):
        for each in page:
            seen = [each.first_seen_at.isoformat(timespec="seconds"), each.changed_at.isoformat(timespec="seconds")]
            yield [each.code, each.name, each.active, *seen, *(each.fields.get(name, "") for name in fields)]
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
        *(run.get_kind_display(), _time(run.since), run.started_by, _time(run.created_at), _time(run.finished_at)),
        run.get_result_display() or run.get_state_display(),
    ]


def _list_cells(each: ListRun) -> list[Any]:
    counts = [each.read, each.counted_after, each.new, each.changed, each.unchanged, each.deactivated]
    return [each.label, each.get_state_display(), *counts]


def _time(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""
