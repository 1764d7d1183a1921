"""One list's way through a run: which fields it has, its pages, its count; what to ask next and what the answer means.

A reader is one page ahead of what is stored: while a page is written, the next one is on its way.
"""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from datetime import timedelta
from enum import Enum

from django.utils import timezone

from intacct import filters
from intacct.errors import FunctionError, IntacctError, QueryRefused
from intacct.flat import Record
from intacct.functions import LARGEST_PAGE, lookup, query
from intacct.reading import Page, page_from, page_function
from intacct.records import UserFormatting
from intacct.records import fields as fields_of
from intacct.reply import Reply
from intacct.request import Function
from smartsync.descent import Descent
from smartsync.models import ListRun, SyncRun
from smartsync.storing import Row, missed_deactivate, newest_store, page_store, rows_of, upper_page_store
from smartsync.troubles import diagnosed, not_applicable_because

FIRST_LOOK = 100
"""Records in the first page of a list of which mostly nothing changed: every list's fits into one request."""
LOOK_BACK = timedelta(hours=2)
"""A record may show up in Intacct's replies some time after it was changed."""
CREATED = ("AUWHENCREATED", "createdAt", "WHENCREATED")
"""When a record was made, the likeliest field first: a bill's WHENCREATED is the day written on it."""

Write = Callable[[], None]
Rows = Future[list[Row]]


class Step(Enum):
    LOOK_UP = "look up"
    PAGE = "page"
    COUNT = "count"


class Reader:
    """A list from its lowest key upward; a long one has a `descent`, which comes from its highest key to meet it.

    `step` is what to ask next; None while that depends on a write.
    """

    def __init__(self, list_run: ListRun, formatting: UserFormatting | None, pool: Executor) -> None:
        self.list_run = list_run
        self.pool = pool
        self.kind = list_run.record_list
        self.after, self.before, self.top = list_run.reached, list_run.reached_down, list_run.top
        self.step: Step | None = Step.PAGE if list_run.fields else Step.LOOK_UP
        self.where = self._changed_since(formatting)
        self.looked_up = self.alone = self.met = False
        self.total, self.taken, self.asked = list_run.counted_before or 0, list_run.read, 0
        self.descent = Descent(self) if self.before else None

    @property
    def weight(self) -> int:
        """About how many records' worth the next answer is."""
        if self.step is not Step.PAGE:
            return 20
        if self.list_run.counted_before is None:
            return FIRST_LOOK // 4
        return max(1, min(self.page_size, self.list_run.counted_before - self.list_run.read))

    @property
    def page_size(self) -> int:
        size = FIRST_LOOK if self.list_run.since and not self.after else LARGEST_PAGE
        return size // 2 if self.alone else size

    @property
    def left(self) -> int:
        """About how many records are neither here nor on their way."""
        return self.total - self.taken - self.asked - (self.descent.asked if self.descent else 0)

    @property
    def ready(self) -> bool:
        """False while the other end may bring all that is left."""
        return not (self.descent and self.descent.asked and self.step is Step.PAGE and self.left <= 0)

    def functions(self) -> list[Function]:
        """The calls of the next step; their control IDs are this list's."""
        self.list_run.began_at = self.list_run.began_at or timezone.now()
        slug = self.list_run.slug
        if self.step is Step.PAGE and self.met:
            self.step = Step.COUNT
        if self.step is Step.LOOK_UP:
            self.looked_up = True
            return [lookup(self.kind.object).with_id(f"{slug} fields"), self._count().with_id(slug)]
        if self.step is Step.COUNT:
            newest = [self._page(self.top, None).with_id(f"{slug} newest")] if self.top else []
            return [self._count().with_id(slug), *newest]
        self.asked = 0
        self.asked = min(self.page_size, max(1, self.left)) if self.descent else self.page_size
        return [self._page(self.after, self.before, self.asked).with_id(slug)]

    def receive(self, reply: Reply) -> Write:
        """Take the answer, move on, and return what is to be written. Raises the IntacctError this list met."""
        data = reply[self.list_run.slug].or_raise()
        if self.step is Step.PAGE:
            return self._paged(page_from(data, key=self.kind.key, after=self.after))
        counted = page_from(data, key=self.kind.key).total
        if self.step is Step.COUNT:
            return self._counted(counted, reply)
        return self._looked_up(set(fields_of(reply[f"{self.list_run.slug} fields"].or_raise())), counted)

    def give_up(self, error: IntacctError) -> Write:
        """The list's end, with the cause in it: refused, not applicable, or failed on the way."""
        self.step = None
        self._stop_descent()
        if isinstance(error, QueryRefused) and not self.looked_up:
            # The fields are those of an earlier run; the company may have fewer by now.
            self.step = Step.LOOK_UP
            return self.list_run.save
        return lambda: self._end_with(error)

    # What is asked

    def _changed_since(self, formatting: UserFormatting | None) -> filters.Filter | None:
        """Changed since, or never changed and created since. Unsure how to write times, all is compared."""
        stamp = self.kind.modified
        if not (self.list_run.since and stamp and formatting and formatting.expected):
            self.list_run.since = None
            return None
        since = formatting.local(self.list_run.since - LOOK_BACK)
        created = next((name for name in CREATED if name in self.list_run.fields), stamp)
        new = filters.any_of(filters.ge(created, since), filters.is_null(created))
        never_changed = filters.all_of(filters.is_null(stamp), new)
        return filters.any_of(*filter(None, (filters.ge(stamp, since), never_changed)))

    def _page(self, after: int, before: int | None, size: int = LARGEST_PAGE) -> Function:
        below = filters.lt(self.kind.key, before) if before else None
        return page_function(
            self.kind.object,
            self.list_run.fields,
            key=self.kind.key,
            after=after,
            where=filters.all_of(self.where, below),
            page_size=size,
        )

    def _count(self) -> Function:
        return query(
            self.kind.object,
            [self.kind.key],
            where=self.where,
            order_by=[self.kind.key],
            page_size=1,
            show_private=True,
        )

    # What the answer means

    def _looked_up(self, known: set[str], counted: int) -> Write:
        self.list_run.fields = [name for name in self.kind.fields if name in known or name == self.kind.key]
        self.list_run.counted_before = counted
        self.list_run.state = ListRun.State.READING
        self.step = Step.PAGE
        return self.list_run.save

    def _paged(self, page: Page) -> Write:
        is_first = self.after == 0
        if is_first:
            self.total = page.total
        self.alone, self.asked = False, 0
        records, last = page.records, page.last_key
        if self.before and last >= self.before:
            records = [each for each in records if self.key_of(each) < self.before]
            last = max(map(self.key_of, records), default=self.after)
        self.take(records, page.is_last or len(records) < len(page.records))
        self.after = last
        if self.met:
            # A list that came in one answer came with its count; a longer one is counted again at its end.
            self.step = None if is_first else Step.COUNT
        elif is_first and self.left >= 2 * LARGEST_PAGE:
            self.descent = Descent(self)
        counted, rows, met = page.total, self.rows_of(records), self.met
        return lambda: self._store(counted, rows, is_first=is_first, is_last=met)

    def rows_of(self, records: list[Record]) -> Rows:
        """Made meanwhile: the next page is to be asked for first."""
        return self.pool.submit(rows_of, self.list_run, records)

    def key_of(self, record: Record) -> int:
        return int(record[self.kind.key])

    def take(self, records: list[Record], is_end: bool) -> None:
        """Records from either end. The ends have met when one says so, or when all that was counted is here."""
        self.taken += len(records)
        self.met = self.met or is_end or (self.descent is not None and self.taken >= self.total)

    def _counted(self, counted: int, reply: Reply) -> Write:
        """Whatever was made after the upper end was read is beyond it."""
        newest = self._newest(reply) if self.top else []
        if newest:
            self.top = max(map(self.key_of, newest))
            rows = self.rows_of(newest)
            return lambda: self._store_newest(rows)
        self.step = None
        return lambda: self._settle(counted)

    def _newest(self, reply: Reply) -> list[Record]:
        data = reply[f"{self.list_run.slug} newest"].or_raise()
        return page_from(data, key=self.kind.key, after=self.top or 0).records

    def _stop_descent(self) -> None:
        if self.descent:
            self.descent.stopped = True
        self.descent = None

    # What is written, in the caller's transaction

    def _store(self, counted: int, rows: Rows, *, is_first: bool, is_last: bool) -> None:
        self.list_run.state = ListRun.State.READING
        if is_first:
            self.list_run.counted_before = counted
        page_store(self.list_run, rows.result(), is_last=is_last)
        if is_first and is_last:
            self._settle(counted)
        else:
            self.list_run.save()

    def store_upper(self, rows: Rows, is_end: bool) -> None:
        if rows.result():
            upper_page_store(self.list_run, rows.result())
        if is_end:
            page_store(self.list_run, [], is_last=True)
        self.list_run.save()

    def _store_newest(self, rows: Rows) -> None:
        newest_store(self.list_run, rows.result())
        self.list_run.save()

    def _settle(self, counted: int) -> None:
        """Complete when Intacct counted what we read, before and after; else once more from the start."""
        made = self.list_run
        made.counted_after = counted
        if made.read == made.counted_before == counted:
            if made.run.kind == SyncRun.Kind.FULL:
                made.deactivated += missed_deactivate(made)
            self._end(ListRun.State.COMPLETE)
        elif made.passes == 1:
            self._start_over()
        else:
            self._end(ListRun.State.INCOMPLETE, "counts_differ", {"read": made.read, "counted": counted})

    def _start_over(self) -> None:
        made = self.list_run
        made.passes += 1
        made.reached = made.read = made.new = made.changed = made.unchanged = 0
        made.counted_after = made.reached_down = made.top = None
        made.save()
        self._stop_descent()
        self.after = self.taken = self.asked = 0
        self.before = self.top = None
        self.met = False
        self.step = Step.PAGE

    def _end_with(self, error: IntacctError) -> None:
        cause, facts = diagnosed(self.list_run.run, error)
        state = ListRun.State.REFUSED if isinstance(error, FunctionError) else ListRun.State.FAILED
        if isinstance(error, FunctionError) and (reason := not_applicable_because(self.list_run, error)):
            state, cause = ListRun.State.NOT_APPLICABLE, reason
        self._end(state, cause, facts)

    def _end(self, state: str, cause: str = "", facts: dict[str, object] | None = None) -> None:
        self.list_run.state = state
        self.list_run.cause = cause
        self.list_run.facts = facts or {}
        self.list_run.finished_at = timezone.now()
        self.list_run.save()
