"""Reads a long list from its highest key downward, so that it uses both requests that Intacct allows at once."""

from functools import partial
from typing import TYPE_CHECKING

from intacct import filters
from intacct.errors import IntacctError, MisshapenReply
from intacct.paging import Page, last_key, page_from, page_function
from intacct.reply import Reply
from smartsync.engine.rows import Rows, rows_of
from smartsync.engine.step import Asked, Receive, Write, half, nothing
from smartsync.warnings import page_warnings

if TYPE_CHECKING:
    from smartsync.engine.ascending import Reader


class Descent:
    """The upper end of a list: pages from the highest key downward, until they meet those of the `Reader`.

    It has the same methods as `Reader`, so that `Turn` can use either. The keys it has reached are in the reader.
    """

    ready = True

    def __init__(self, reader: "Reader") -> None:
        self.reader = reader
        self.list_run = reader.list_run
        self.alone = self.stopped = False
        self.asked = 0
        self.ahead: int | None = None

    @property
    def step(self) -> bool:
        """Whether there is something to ask. The last page of the list is left to the reader, which also counts."""
        return not (self.stopped or self.reader.met) and self.reader.left > self.reader.page_size

    @property
    def place(self) -> object:
        return self.stopped or self.reader.met, self.reader.before

    @property
    def weight(self) -> int:
        return self.reader.page_size

    @property
    def control_id(self) -> str:
        return f"{self.list_run.pk} down"

    def ask(self) -> Asked:
        """The request for the next page below the lowest key that this end has reached or will have reached."""
        kind, size = self.reader.kind, self.reader.page_size
        size = half(size) if self.alone else size
        after, before = self.reader.after, self.ahead or self.reader.before
        below = filters.lt(kind.key, before) if before else None
        function = page_function(
            kind.object,
            self.list_run.fields,
            key=kind.key,
            after=after,
            where=filters.all_of(self.reader.where, below),
            page_size=size,
            descending=True,
        )
        read = partial(self._read, after, before)
        return Asked([function.with_id(self.control_id)], read, (False, before), size, more=True)

    def look_ahead(self, body: bytes) -> bool:
        """Whether the next page can be requested before this one is parsed, since its last key is in the raw reply."""
        self.ahead = last_key(body, self.reader.kind.key)
        return bool(self.ahead) and self.step

    def give_up(self, error: IntacctError) -> Write:
        """Stop reading from the top. The reader goes on alone: it can continue after pages without a usable key."""
        self.stopped = True
        return nothing

    def _read(self, after: int, before: int | None, reply: Reply) -> Receive:
        result = reply[self.control_id]
        data = result.as_read()
        page = page_from(data, key=self.reader.kind.key, after=after, descending=True)
        if before and page.last_key >= before:
            raise MisshapenReply("a page goes beyond where it was to begin")
        if page.is_stuck or page.repeated:
            raise MisshapenReply("a page does not go on from where the one before ended")
        received = partial(self._receive, page, rows_of(self.list_run, page.records, page.unkeyed))
        return self.reader.warned(page_warnings(self.reader.kind, result, data), received)

    def _receive(self, page: Page, rows: Rows) -> Write:
        self.alone = False
        reader = self.reader
        rows = reader.unseen(rows)
        fresh = rows.between(reader.after, None)
        reader.take(len(fresh), page.is_last or len(fresh) < len(rows))
        reader.top = reader.top or page.last_key
        if fresh.keyed:
            reader.before = fresh.keyed[0][0]
        if reader.met:
            # A reply that the reader still waits for has only records that this end has read already. With this
            # bound, none of them counts as new.
            reader.before = reader.after + 1
        is_end, ending = reader.met, reader.ending()
        return lambda: reader.store_upper(fresh, is_end, ending)
