"""Writes what replies mean for a list run: its pages, its counts, and how it ends.

All methods but `warn`, `choose_fields` and `finish` write to the database, in the caller's transaction.
"""

from collections.abc import Collection, Sequence
from functools import partial

from django.utils import timezone

from intacct.errors import FieldUnknown, FunctionError, IntacctError
from smartsync.diagnoses import cause_and_facts, not_applicable_because
from smartsync.engine.deletions import settle
from smartsync.engine.list_state import ListState
from smartsync.engine.requests import Requests
from smartsync.engine.rows import Rows, joined
from smartsync.engine.step import Writes
from smartsync.engine.store import both_ends_store, newest_store, page_store, upper_page_store
from smartsync.models import ListRun
from smartsync.warnings import Note, add_warnings, fields_left_out


class Recorder:
    """Record in a list run what came, and decide when the list is complete."""

    def __init__(self, list_run: ListRun, state: ListState, requests: Requests) -> None:
        self.list_run = list_run
        self.state = state
        self.requests = requests
        # What the transaction has left for `flush`.
        self.low_pages: list[Rows] = []
        self.high_pages: list[Rows] = []
        self.is_last = False
        self.is_unsaved = False

    # Called when a reply is accepted: changes the row in memory only

    def warn(self, warnings: Sequence[Note]) -> None:
        """Add warnings to the row."""
        if warnings:
            add_warnings(self.list_run, warnings)

    def choose_fields(self, known: Collection[str], counted: int) -> Writes:
        """Read the fields of the catalogue that the company has."""
        kind = self.requests.kind
        self.list_run.fields = [name for name in kind.fields if name in known or name == kind.key]
        self.list_run.counted_before = counted
        self.list_run.state = ListRun.State.READING
        return [self.save]

    def finish(self) -> Writes:
        """Return the write that ends the list or starts its second pass, or the checkpoint's if pages are missing."""
        counted = self.state.counted
        if not self.state.cursor.has_met or counted is None:
            return [self.save]
        # What is asked next, if anything, depends on how many records the earlier writes store.
        self.state.task = None
        return [partial(self.settle, counted)]

    # Writes

    def save(self) -> None:
        """Save the row when the transaction calls `flush`."""
        self.is_unsaved = True

    def store_low(self, rows: Rows, *, total: int | None, is_last: bool) -> None:
        """Store a page of the lower end with the next `flush`.

        total: how many records Intacct counted with the first page; else None.
        is_last: whether there are no records between this page and the upper end.
        """
        self.list_run.state = ListRun.State.READING
        if total is not None:
            self.list_run.counted_before = total
        self.low_pages.append(rows)
        self.is_last = is_last

    def store_high(self, rows: Rows, *, is_last: bool) -> None:
        """Store a page of the upper end with the next `flush`. is_last: whether no records are below this page."""
        self.high_pages.append(rows)
        self.is_last = is_last

    def flush(self) -> None:
        """Store the pages that came and save the row. The last write of a transaction."""
        if self.is_unsaved:
            self._store_pages()
            self.list_run.save()
            self.is_unsaved = False

    def store_newest(self, rows: Rows) -> None:
        """Store a page with records created since the upper end's first page, and save the row."""
        self._store_pages()
        newest_store(self.list_run, rows)
        self.list_run.save()

    def settle(self, counted: int) -> None:
        """End the list as complete if both counts of Intacct, before and after, equal the number of records read.

        If they differ, records may have changed while the list was read. It is read once more from its start.
        """
        self._store_pages()
        list_run = self.list_run
        list_run.counted_after = counted
        if list_run.read == list_run.counted_before == counted:
            self._end(ListRun.State.COMPLETE)
        elif list_run.pass_number == 1:
            list_run.pass_number += 1
            self._start_over()
        else:
            # Two passes limit the time for a list that changes all the time. The next run reads it again.
            self._end(ListRun.State.INCOMPLETE, "counts_differ", {"read": list_run.read, "counted": counted})

    def leave_out(self, refused: list[str], error: FieldUnknown) -> None:
        """Read the list from its start without these fields: records read with them would differ from the rest."""
        self._store_pages()
        list_run, kind = self.list_run, self.requests.kind
        if needed := [name for name in refused if name in (kind.key, kind.code, kind.status)]:
            self.end_with(error, fields=", ".join(needed))
            return
        list_run.fields = [name for name in list_run.fields if name not in refused]
        add_warnings(list_run, [fields_left_out(refused)])
        if kind.modified in refused:
            # Without the time of the last change, only a comparison of the whole list shows what changed.
            list_run.since = None
            self.state.is_incremental = False
        self.requests.update_filter()
        self._start_over()

    def end_with(self, error: IntacctError, **more: str) -> None:
        """End the list with the cause of the error. A list that the company does not have is not a failure."""
        self._store_pages()
        cause, facts = cause_and_facts(self.list_run.run, error)
        state = ListRun.State.REFUSED if isinstance(error, FunctionError) else ListRun.State.FAILED
        if isinstance(error, FunctionError) and (reason := not_applicable_because(self.list_run, error)):
            state, cause = ListRun.State.NOT_APPLICABLE, reason
        self._end(state, cause, facts | more)

    def _store_pages(self) -> None:
        """Store the pages of each end as one page: half of the time of a page is the same for any number of records."""
        # They came from the highest key downward. If the lower end has brought all their records, they move no
        # checkpoint.
        low, high = joined(self.low_pages), joined(self.high_pages[::-1])
        if not both_ends_store(self.list_run, low, high):
            if high:
                upper_page_store(self.list_run, high)
            # After those of the upper end, since the last page reaches up to them. If it was one of theirs, there are
            # no records between the ends: a full run marks those as missing that we have there.
            if self.low_pages or self.is_last:
                page_store(self.list_run, low, is_last=self.is_last)
        self.low_pages, self.high_pages, self.is_last = [], [], False

    def _start_over(self) -> None:
        list_run = self.list_run
        list_run.low_key = list_run.read = list_run.new = list_run.changed = list_run.unchanged = 0
        list_run.counted_after = list_run.high_key = list_run.max_key = None
        list_run.set_aside = 0
        list_run.save()
        self.is_unsaved = False
        list_run.set_aside_records.all().delete()
        # Rows stay: `store` counts as new or changed again what the first pass wrote.
        self.state.restart()

    def _end(self, state: str, cause: str = "", facts: dict[str, object] | None = None) -> None:
        # In the transaction that ends the list, so that a killed worker leaves both undone.
        self.list_run.deactivated += settle(self.list_run, is_complete=state == ListRun.State.COMPLETE)
        self.list_run.state = state
        self.list_run.cause = cause
        self.list_run.facts = facts or {}
        self.list_run.finished_at = timezone.now()
        self.is_unsaved = False
        if self.list_run.is_unchanged:
            self.list_run.note_unchanged()
        else:
            self.list_run.save()
