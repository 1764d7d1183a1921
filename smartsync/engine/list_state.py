"""What is known about one list while it is read, and what to ask next. Knows neither Intacct nor the database.

It is ahead of what is stored: while a page is written, the next ones have been requested already.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from intacct.functions import LARGEST_PAGE
from smartsync.engine.cursor import ListCursor
from smartsync.engine.rows import Rows

FIRST_PAGE = 100
"""Records in the first page of an incremental sync, in which most lists have no changes. With so few, the first pages
of all lists fit into one request."""


class Task(Enum):
    """What the lower end of a list asks next."""

    LOOK_UP = "look up"
    PAGE = "page"
    COUNT = "count"


@dataclass
class EndState:
    """Hold the requests of one end of a list.

    requested: records of requests without a reply. ahead: the last key of a page that has come and is not parsed yet.
    is_alone: whether to ask in a request of its own and for half as many records, since the last request failed.
    is_stopped: whether this end sends no more requests.
    """

    requested: int = 0
    ahead: int | None = None
    is_alone: bool = False
    is_stopped: bool = False


class ListState:
    """Hold the state of one list. Both ends share it.

    `task` is None while the next one depends on a write, and when the list is done. `counted` is how many records
    Intacct counted after the last page. `low_taken` and `high_taken` are how many records with a key each end has
    brought, in all passes. `unkeyed` has the fingerprints of records without a usable key that came: the next page of
    either end may return them again.
    """

    def __init__(
        self, cursor: ListCursor, task: Task | None, *, is_incremental: bool = False, unkeyed: Iterable[bytes] = ()
    ) -> None:
        self.cursor = cursor
        self.task = task
        self.is_incremental = is_incremental
        self.unkeyed = set(unkeyed)
        self.has_looked_up = False
        self.counted: int | None = None
        self.low_taken = self.high_taken = 0
        # Each start of the upper end makes a new object, so that replies to requests of an earlier start are discarded.
        self.lower = EndState()
        self.upper: EndState | None = None
        # An earlier worker may have started an upper end. Otherwise it must be worth a request of its own.
        self.start_upper_end(pages=3)

    @property
    def page_size(self) -> int:
        """How many records the next page asks for."""
        size = FIRST_PAGE if self.is_incremental and not self.cursor.low else LARGEST_PAGE
        return half(size) if self.lower.is_alone else size

    @property
    def left(self) -> int:
        """About how many records were neither received nor requested yet."""
        return self.cursor.left - self.lower.requested - (self.upper.requested if self.upper else 0)

    def start_upper_end(self, *, pages: int) -> None:
        """Read the list from its highest key too, if an earlier worker did or at least `pages` pages are left."""
        if self.cursor.high or self.left >= pages * LARGEST_PAGE:
            self.upper = EndState()

    def stop_upper_end(self) -> None:
        """Go on with the lower end alone."""
        if self.upper:
            # Its request may still be in progress. The reply is then discarded.
            self.upper.is_stopped = True
        self.upper = None

    def accept_fields(self, total: int) -> None:
        """Begin to read pages, once it is known which fields and how many records the list has."""
        self.task = Task.PAGE
        self.cursor = replace(self.cursor, total=total)
        self.start_upper_end(pages=3)

    def is_last(self, rows: Rows, *, remaining: int, brought: int) -> bool:
        """Return whether nothing is left between the ends after this page.

        remaining: how many records Intacct had between this page and the other end when it answered. brought: how many
        the other end has brought since the request.
        """
        # Both must agree: some of those brought may have been deleted before this page, so they were not among the
        # remaining ones; and some of those taken may have been created since Intacct counted.
        return not remaining or (remaining <= brought and self.cursor.left <= len(rows))

    def accept_low(self, rows: Rows, *, total: int | None, is_last: bool, skipped: int) -> Rows:
        """Move the lower end past a page, and return the rows that are new.

        total: the size of the whole list, which Intacct sends with its first page; else None.
        """
        # The page came, so the next one may be as large as usual and share a request.
        self.lower.is_alone = False
        if total is not None:
            self.cursor = replace(self.cursor, total=total)
        rows = self._without_repeated(rows)
        keys = rows.keys
        fresh = Rows(rows.keyed[self.cursor.unread(keys)], rows.unkeyed)
        self.low_taken += len(fresh.keyed)
        self.cursor = self.cursor.advance_low(keys, unkeyed=len(rows.unkeyed), is_end=is_last, skipped=skipped)
        if self.cursor.has_met:
            self.task = Task.COUNT
        elif total is not None and not self.upper:
            # One page has come already, so two more are the same length as the three pages at the start.
            self.start_upper_end(pages=2)
        return fresh

    def accept_high(self, end: EndState, rows: Rows, *, is_last: bool) -> Rows:
        """Move the upper end past a page, and return the rows that are new."""
        end.is_alone = False
        rows = self._without_repeated(rows)
        keys = rows.keys
        fresh = Rows(rows.keyed[self.cursor.unread(keys)], rows.unkeyed)
        self.high_taken += len(fresh.keyed)
        self.cursor = self.cursor.advance_high(keys, unkeyed=len(rows.unkeyed), is_end=is_last)
        return fresh

    def accept_count(self, total: int, newest: Rows) -> Rows:
        """Accept Intacct's count, and return the records above the upper end that are new.

        If there are any, they were created since that end began. Once they are stored, Intacct must count once more.
        """
        newest = self._without_repeated(newest)
        # The count may be older than these records, so it is not used.
        if newest:
            self.cursor = self.cursor.extend(newest.keys)
        else:
            self.counted = total
        return newest

    def restart(self) -> None:
        """Read the list from its start once more. Intacct's count and the size of the requests stay."""
        self.stop_upper_end()
        self.cursor = ListCursor(total=self.cursor.total)
        self.unkeyed.clear()
        self.counted = None
        self.task = Task.PAGE

    def _without_repeated(self, rows: Rows) -> Rows:
        """The rows without those that have no key and came with an earlier page from either end."""
        unkeyed = [row for row in rows.unkeyed if row[5] not in self.unkeyed]
        # Before they are stored, since the next page is parsed while this one is written.
        self.unkeyed |= {row[5] for row in unkeyed}
        return Rows(rows.keyed, unkeyed)


def half(page_size: int) -> int:
    """The size of the next attempt after a page was too large for Intacct or for us: at least one record."""
    return max(1, page_size // 2)
