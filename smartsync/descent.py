"""The other end of a long list, so that both requests Intacct allows at once can work on it."""

from functools import partial
from typing import TYPE_CHECKING

from intacct import filters
from intacct.errors import IntacctError, MisshapenReply
from intacct.reading import Page, last_key, page_from, page_function
from intacct.reply import Reply
from smartsync.asked import Asked, Receive, Write, half, nothing
from smartsync.rows import Rows, rows_of
from smartsync.warnings import page_warnings

if TYPE_CHECKING:
    from smartsync.reading import Reader


class Descent:
    """Pages from the highest key downward, until they meet the reader's. Of use to a turn as a reader is."""

    ready = True

    def __init__(self, reader: "Reader") -> None:
        self.reader = reader
        self.list_run = reader.list_run
        self.alone = self.stopped = False
        self.asked = 0
        self.ahead: int | None = None

    @property
    def step(self) -> bool:
        """The last page is left to the reader."""
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
        """Whether the next page can be asked for before this one is read: it ends where this one's last record is."""
        self.ahead = last_key(body, self.reader.kind.key)
        return bool(self.ahead) and self.step

    def give_up(self, error: IntacctError) -> Write:
        """The reader goes on by itself. It gets past pages of which no record says where the next one begins."""
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
            # What the reader has on its way lies beyond: nothing of it is new.
            reader.before = reader.after + 1
        is_end, ending = reader.met, reader.ending()
        return lambda: reader.store_upper(fresh, is_end, ending)
