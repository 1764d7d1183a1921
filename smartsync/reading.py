"""One list's way through a run: which fields it has, its pages, its count; what to ask next and what the answer means.

A reader is one page ahead of what is stored: while a page is written, the next one is on its way.
"""

from collections.abc import Callable
from datetime import timedelta
from enum import Enum

from django.utils import timezone

from intacct import filters
from intacct.errors import FunctionError, IntacctError, QueryRefused
from intacct.functions import LARGEST_PAGE, lookup, query
from intacct.reading import Page, page_from, page_function
from intacct.records import UserFormatting
from intacct.records import fields as fields_of
from intacct.reply import Reply
from intacct.request import Function
from smartsync.models import ListRun, SyncRun
from smartsync.storing import missed_deactivate, page_store
from smartsync.troubles import diagnosed, not_applicable_because

FIRST_LOOK = 100
"""Records in the first page of a list of which mostly nothing changed: every list's fits into one request."""
LOOK_BACK = timedelta(hours=2)
"""A record may show up in Intacct's replies some time after it was changed."""
CREATED = ("AUWHENCREATED", "createdAt", "WHENCREATED")
"""When a record was made, the likeliest field first: a bill's WHENCREATED is the day written on it."""

Write = Callable[[], None]


class Step(Enum):
    LOOK_UP = "look up"
    PAGE = "page"
    COUNT = "count"


class Reader:
    """`step` is what to ask next; None while that depends on a write."""

    def __init__(self, list_run: ListRun, formatting: UserFormatting | None) -> None:
        self.list_run = list_run
        self.kind = list_run.record_list
        self.after = list_run.reached
        self.step: Step | None = Step.PAGE if list_run.fields else Step.LOOK_UP
        self.where = self._changed_since(formatting)
        self.looked_up = False
        self.alone = False

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

    def functions(self) -> list[Function]:
        """The calls of the next step; their control IDs are this list's."""
        self.list_run.began_at = self.list_run.began_at or timezone.now()
        slug = self.list_run.slug
        if self.step is Step.LOOK_UP:
            self.looked_up = True
            return [lookup(self.kind.object).with_id(f"{slug} fields"), self._count().with_id(slug)]
        return [(self._count() if self.step is Step.COUNT else self._page()).with_id(slug)]

    def receive(self, reply: Reply) -> Write:
        """Take the answer, move on, and return what is to be written. Raises the IntacctError this list met."""
        data = reply[self.list_run.slug].or_raise()
        if self.step is Step.PAGE:
            return self._paged(page_from(data, key=self.kind.key, after=self.after))
        counted = page_from(data, key=self.kind.key).total
        if self.step is Step.COUNT:
            self.step = None
            return lambda: self._settle(counted)
        return self._looked_up(set(fields_of(reply[f"{self.list_run.slug} fields"].or_raise())), counted)

    def give_up(self, error: IntacctError) -> Write:
        """The list's end, with the cause in it: refused, not applicable, or failed on the way."""
        self.step = None
        if isinstance(error, QueryRefused) and not self.looked_up:
            # The fields are those of an earlier run; the company may have fewer by now.
            self.step = Step.LOOK_UP
            return self.list_run.save
        cause, facts = diagnosed(self.list_run.run, error)
        state = ListRun.State.REFUSED if isinstance(error, FunctionError) else ListRun.State.FAILED
        if isinstance(error, FunctionError) and (reason := not_applicable_because(self.list_run, error)):
            state, cause = ListRun.State.NOT_APPLICABLE, reason
        return lambda: self._end(state, cause, facts)

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

    def _page(self) -> Function:
        return page_function(
            self.kind.object,
            self.list_run.fields,
            key=self.kind.key,
            after=self.after,
            where=self.where,
            page_size=self.page_size,
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
        self.after = page.last_key
        self.alone = False
        if page.is_last:
            # A list that came in one answer came with its count; a longer one is counted again at its end.
            self.step = None if is_first else Step.COUNT
        return lambda: self._store(page, is_first=is_first)

    # What is written, in the caller's transaction

    def _store(self, page: Page, *, is_first: bool) -> None:
        self.list_run.state = ListRun.State.READING
        if is_first:
            self.list_run.counted_before = page.total
        page_store(self.list_run, page.records, is_last=page.is_last)
        if is_first and page.is_last:
            self._settle(page.total)
        else:
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
        made.counted_after = None
        made.save()
        self.after = 0
        self.step = Step.PAGE

    def _end(self, state: str, cause: str = "", facts: dict[str, object] | None = None) -> None:
        self.list_run.state = state
        self.list_run.cause = cause
        self.list_run.facts = facts or {}
        self.list_run.finished_at = timezone.now()
        self.list_run.save()
