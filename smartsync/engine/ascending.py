"""Reads one list of a run: its fields, its pages and its count. Decides what to ask next and what a reply means.

A reader is ahead of what is stored: while a page is parsed and written, the next one has been requested already.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from functools import partial
from typing import NamedTuple

from django.utils import timezone

from intacct import filters
from intacct.errors import FieldUnknown, FunctionError, IntacctError, QueryRefused
from intacct.functions import LARGEST_PAGE, lookup, query
from intacct.paging import counted, last_key, page_from, page_function
from intacct.reply import Reply
from intacct.reply_damage import REPLACEMENT
from intacct.request import Function
from intacct.setup_replies import UserFormatting
from intacct.setup_replies import fields as fields_of
from smartsync.diagnoses import cause_and_facts, not_applicable_because
from smartsync.engine.deletions import settle
from smartsync.engine.descending import Descent
from smartsync.engine.filters import changed_since
from smartsync.engine.rows import Rows, rows_of
from smartsync.engine.set_aside import Reason
from smartsync.engine.step import Asked, Receive, Write, half
from smartsync.engine.store import newest_store, page_store, upper_page_store
from smartsync.models import ListRun
from smartsync.warnings import Note, add_warnings, fields_left_out, page_warnings, repeated

FIRST_LOOK = 100
"""Records in the first page of an incremental sync, in which most lists have no changes. With so few, the first pages
of all lists fit into one request."""


class Count(NamedTuple):
    """How many records Intacct counted; and the records above the upper end, with the warnings about them."""

    total: int
    newest: Rows = Rows()
    warnings: Sequence[Note] = ()


ReadCount = Callable[[Reply], Count]


class Step(Enum):
    LOOK_UP = "look up"
    PAGE = "page"
    COUNT = "count"


class Reader:
    """Reads a list from its lowest key upward. A long list also has a `descent`, which reads from the highest key down.

    `step` is what to ask next. It is None when that depends on a write, or when the list is done.
    """

    def __init__(self, list_run: ListRun, formatting: UserFormatting | None) -> None:
        self.list_run = list_run
        self.kind = list_run.record_list
        self.after, self.before, self.top = list_run.low_key, list_run.high_key, list_run.max_key
        self.ahead: int | None = None
        self.step: Step | None = Step.PAGE if list_run.fields else Step.LOOK_UP
        self.formatting = formatting
        self.where = changed_since(list_run, formatting)
        if not self.where:
            self.list_run.since = None
        # How many records above `after` came without a usable key. The next page must skip them by number: see
        # `intacct.paging`.
        self.skipped = 0
        self.looked_up = self.alone = self.met = False
        self.total, self.taken, self.asked = list_run.counted_before or 0, list_run.read, 0
        self.counted: int | None = None
        # A resumed list must not count the records without a key again that an earlier worker has set aside.
        aside = list_run.set_aside_records.filter(reason=Reason.NO_KEY) if list_run.set_aside else []
        self.unkeyed = {bytes(record.fingerprint) for record in aside}
        self.descent: Descent | None = None
        self.descent = self._other_end(pages=3)

    @property
    def weight(self) -> int:
        """The approximate size of the next reply, in records."""
        if self.step is not Step.PAGE:
            return 20
        if self.list_run.counted_before is None:
            return FIRST_LOOK // 4
        return max(1, min(self.page_size, self.list_run.counted_before - self.list_run.read))

    @property
    def page_size(self) -> int:
        size = FIRST_LOOK if self.list_run.since and not self.after else LARGEST_PAGE
        return half(size) if self.alone else size

    @property
    def left(self) -> int:
        """About how many records were neither received nor requested yet."""
        return self.total - self.taken - self.asked - (self.descent.asked if self.descent else 0)

    @property
    def ready(self) -> bool:
        """False while a reply for the other end may bring all remaining records, so that no page is asked for twice."""
        return not (self.descent and self.descent.asked and self.step is Step.PAGE and self.left <= 0)

    @property
    def place(self) -> object:
        return self.step, self.after, self.skipped

    def ask(self) -> Asked:
        """The functions of the next step. Their control IDs begin with the key of the list run."""
        self.list_run.began_at = self.list_run.began_at or timezone.now()
        if self.step is Step.PAGE and self.met:
            self.step = Step.COUNT
        if self.step is Step.LOOK_UP:
            return self._ask_fields()
        return self._ask_count() if self.step is Step.COUNT else self._ask_page()

    def look_ahead(self, body: bytes) -> bool:
        """Whether the next page can be requested before this one is parsed, since its last key is in the raw reply."""
        self.ahead = last_key(body, self.kind.key)
        return bool(self.ahead and self.ahead > self.after) and not self.met and self.left > 0

    def give_up(self, error: IntacctError) -> Write:
        """Handle an error that cannot be retried. Returns the write that ends the list, or that lets it go on.

        Refused fields are left out, or looked up once; any other error ends the list with its cause.
        """
        self.step = None
        self._stop_descent()
        if isinstance(error, FieldUnknown) and (refused := error.refused_among(self.list_run.fields)):
            return partial(self._leave_out, refused, error)
        if isinstance(error, QueryRefused) and not self.looked_up:
            # The fields are those of an earlier run. The company may have fewer of them now, so they are looked up.
            self.step = Step.LOOK_UP
            return self.list_run.save
        return lambda: self._end_with(error)

    def _other_end(self, *, pages: int) -> Descent | None:
        """A second end for the list, if an earlier worker has started one or if at least `pages` pages are left."""
        return Descent(self) if self.before or self.left >= pages * LARGEST_PAGE else None

    # Requests

    def _ask_fields(self) -> Asked:
        self.looked_up = True
        functions = [lookup(self.kind.object).with_id(f"{self.list_run.pk} fields"), self._count()]
        return Asked(functions, self._read_fields, self.place)

    def _ask_page(self) -> Asked:
        """The next page, and with the last page a count.

        The count is left for later while the other end has not received its first page. Its highest key is needed to
        ask for records that were created since.
        """
        size = min(self.page_size, max(1, self.left)) if self.descent else self.page_size
        is_last = bool(self.after and (self.top or not self.descent) and self.left <= size)
        after, before, counting = self.ahead or self.after, self.before, self._counting() if is_last else []
        skipped = 0 if self.ahead else self.skipped
        read_count = partial(self._read_count, self.top) if is_last else None
        self.counted = None
        return Asked(
            [self._page(after, before, size, skipped).with_id(str(self.list_run.pk)), *counting],
            partial(self._read_page, after, before, skipped, size, read_count),
            (Step.PAGE, after, skipped),
            size,
            more=bool(self.descent) and not is_last,
        )

    def _ask_count(self) -> Asked:
        read = partial(self._read_count, self.top)
        return Asked(self._counting(), lambda reply: partial(self._counted, read(reply)), self.place)

    def _page(self, after: int, before: int | None, size: int = LARGEST_PAGE, skipped: int = 0) -> Function:
        below = filters.lt(self.kind.key, before) if before else None
        return page_function(
            self.kind.object,
            self.list_run.fields,
            key=self.kind.key,
            after=after,
            where=filters.all_of(self.where, below),
            page_size=size,
            skipped=skipped,
        )

    def _counting(self) -> list[Function]:
        newest = [self._page(self.top, None).with_id(f"{self.list_run.pk} newest")] if self.top else []
        return [self._count(), *newest]

    def _count(self) -> Function:
        key = self.kind.key
        counting = query(self.kind.object, [key], where=self.where, order_by=[key], page_size=1, show_private=True)
        return counting.with_id(f"{self.list_run.pk} count")

    # Parsing of replies, in any thread: changes no shared state

    def _read_fields(self, reply: Reply) -> Receive:
        known = set(fields_of(reply[f"{self.list_run.pk} fields"].as_read()))
        if any(REPLACEMENT in name for name in known):
            # A damaged name may be any of our fields, so all are asked for. Intacct refuses unknown ones by name.
            known.update(self.kind.fields)
        return partial(self._looked_up, known, self._count_in(reply))

    def _read_page(
        self, after: int, before: int | None, skipped: int, size: int, read_count: ReadCount | None, reply: Reply
    ) -> Receive:
        result = reply[str(self.list_run.pk)]
        data = result.as_read()
        page = page_from(data, key=self.kind.key, after=after, skipped=skipped)
        rows = rows_of(self.list_run, page.records, page.unkeyed)
        total = None if after or before else page.total
        # A page without a usable key that is not the last one: the next page skips its records by number. If the page
        # was empty, its records are lost, and the counts will differ.
        stuck_at = skipped + (page.count or size) if page.is_stuck else 0
        paged = partial(self._paged, rows, page.is_last, total, read_count and read_count(reply), stuck_at)
        return self.warned([*page_warnings(self.kind, result, data), *repeated(page.repeated)], paged)

    def _read_count(self, top: int | None, reply: Reply) -> Count:
        if not top:
            return Count(self._count_in(reply))
        result = reply[f"{self.list_run.pk} newest"]
        data = result.as_read()
        newest = page_from(data, key=self.kind.key, after=top)
        rows = rows_of(self.list_run, newest.records, newest.unkeyed)
        return Count(self._count_in(reply), rows, page_warnings(self.kind, result, data))

    def _count_in(self, reply: Reply) -> int:
        return counted(reply[f"{self.list_run.pk} count"].as_read())

    def warned(self, warnings: list[Note], receive: Receive) -> Receive:
        """A `Receive` that adds the warnings to the list run first."""

        def note_and_receive() -> Write:
            add_warnings(self.list_run, warnings)
            return receive()

        return note_and_receive if warnings else receive

    # Receiving of parsed replies, in order: updates the state of this reader

    def _looked_up(self, known: set[str], counted: int) -> Write:
        self.list_run.fields = [name for name in self.kind.fields if name in known or name == self.kind.key]
        self.list_run.counted_before = counted
        self.list_run.state = ListRun.State.READING
        self.step, self.total = Step.PAGE, counted
        self.descent = self._other_end(pages=3)
        return self.list_run.save

    def _paged(self, rows: Rows, is_end: bool, total: int | None, count: Count | None, stuck_at: int) -> Write:
        """Receive a page.

        `total`: the size of the whole list, which Intacct sends with the first page. `stuck_at`: how many records above
        the last key the next page must skip.
        """
        self.alone = False
        self.skipped = stuck_at
        self.total = self.total if total is None else total
        rows = self.unseen(rows)
        # Rows that the other end has received already are cut off. If there are any, the ends have met.
        fresh = rows.between(0, self.before) if self.before else rows
        self.take(len(fresh), is_end or len(fresh) < len(rows))
        self.after = fresh.keyed[-1][0] if fresh.keyed else self.after
        if self.met:
            self.step = Step.COUNT
            # If the whole list came in one reply, its total is the count.
            count = count if total is None or self.top else Count(total)
        elif total is not None and not self.descent:
            self.descent = self._other_end(pages=2)
        is_last, ending = self.met, self._counted(count) if count else self.ending()
        return lambda: self._store(total, fresh, is_last, ending)

    def unseen(self, rows: Rows) -> Rows:
        """The rows without those that have no key and came with an earlier page from either end."""
        unkeyed = [row for row in rows.unkeyed if row[5] not in self.unkeyed]
        self.unkeyed |= {row[5] for row in unkeyed}
        return Rows(rows.keyed, unkeyed)

    def take(self, records: int, is_end: bool) -> None:
        """Count records that came from either end, and decide whether the ends have met.

        They have met when a page shows it, or when as many records came as Intacct counted.
        """
        self.taken += records
        self.met = self.met or is_end or (self.descent is not None and self.taken >= self.total)

    def _counted(self, count: Count) -> Write:
        """Receive a count.

        Records above the upper end were created since it was read. They are stored, and then Intacct counts once more.
        """
        add_warnings(self.list_run, count.warnings)
        newest = self.unseen(count.newest)
        if newest:
            self.top = newest.keyed[-1][0] if newest.keyed else self.top
            return lambda: self._store_newest(newest)
        self.counted = count.total
        return self.ending()

    def ending(self) -> Write:
        """The write that ends the list or starts its second pass, once both ends have met and Intacct has counted."""
        if not self.met or self.counted is None:
            return self.list_run.save
        self.step = None
        return partial(self._settle, self.counted)

    def _stop_descent(self) -> None:
        if self.descent:
            self.descent.stopped = True
        self.descent = None

    # Writes, in the caller's transaction

    def _store(self, total: int | None, rows: Rows, is_last: bool, ending: Write) -> None:
        self.list_run.state = ListRun.State.READING
        if total is not None:
            self.list_run.counted_before = total
        page_store(self.list_run, rows, is_last=is_last)
        ending()

    def store_upper(self, rows: Rows, is_end: bool, ending: Write) -> None:
        if rows:
            upper_page_store(self.list_run, rows)
        if is_end:
            page_store(self.list_run, Rows(), is_last=True)
        ending()

    def _store_newest(self, rows: Rows) -> None:
        newest_store(self.list_run, rows)
        self.list_run.save()

    def _settle(self, counted: int) -> None:
        """End the list as complete if both counts of Intacct, before and after, equal the number of records read.

        If they differ, records may have changed while the list was read. It is read once more from its start.
        """
        list_run = self.list_run
        list_run.counted_after = counted
        if list_run.read == list_run.counted_before == counted:
            self._end(ListRun.State.COMPLETE)
        elif list_run.pass_number == 1:
            list_run.pass_number += 1
            self._start_over()
        else:
            self._end(ListRun.State.INCOMPLETE, "counts_differ", {"read": list_run.read, "counted": counted})

    def _leave_out(self, refused: list[str], error: FieldUnknown) -> None:
        """Read the list from its start without these fields: records read with them would differ from the rest."""
        list_run, kind = self.list_run, self.kind
        if needed := [name for name in refused if name in (kind.key, kind.code, kind.status)]:
            self._end_with(error, fields=", ".join(needed))
            return
        list_run.fields = [name for name in list_run.fields if name not in refused]
        add_warnings(list_run, [fields_left_out(refused)])
        if kind.modified in refused:
            list_run.since = None
        self.where = changed_since(list_run, self.formatting)
        self._start_over()

    def _start_over(self) -> None:
        list_run = self.list_run
        list_run.low_key = list_run.read = list_run.new = list_run.changed = list_run.unchanged = 0
        list_run.counted_after = list_run.high_key = list_run.max_key = None
        list_run.set_aside = 0
        list_run.set_aside_records.all().delete()
        list_run.save()
        self.unkeyed.clear()
        self._stop_descent()
        self.after = self.taken = self.skipped = 0
        self.before = self.top = self.counted = None
        self.met = False
        self.step = Step.PAGE

    def _end_with(self, error: IntacctError, **more: str) -> None:
        cause, facts = cause_and_facts(self.list_run.run, error)
        state = ListRun.State.REFUSED if isinstance(error, FunctionError) else ListRun.State.FAILED
        if isinstance(error, FunctionError) and (reason := not_applicable_because(self.list_run, error)):
            state, cause = ListRun.State.NOT_APPLICABLE, reason
        self._end(state, cause, facts | more)

    def _end(self, state: str, cause: str = "", facts: dict[str, object] | None = None) -> None:
        self.list_run.deactivated += settle(self.list_run, is_complete=state == ListRun.State.COMPLETE)
        self.list_run.state = state
        self.list_run.cause = cause
        self.list_run.facts = facts or {}
        self.list_run.finished_at = timezone.now()
        self.list_run.save()
