"""The other end of a long list, so that both requests Intacct allows at once can work on it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from intacct import filters
from intacct.errors import IntacctError, MisshapenReply
from intacct.reading import page_from, page_function
from intacct.reply import Reply
from intacct.request import Function

if TYPE_CHECKING:
    from smartsync.reading import Reader


class Descent:
    """Pages from the highest key downward, until they meet the reader's. Of use to a turn as a reader is."""

    ready = True

    def __init__(self, reader: "Reader") -> None:
        self.reader = reader
        self.list_run = reader.list_run
        self.alone = self.stopped = False
        self.asked = self.asked_after = 0

    @property
    def step(self) -> bool:
        """The last page is left to the reader."""
        return not (self.stopped or self.reader.met) and self.reader.left + self.asked > self.reader.page_size

    @property
    def weight(self) -> int:
        return self.reader.page_size

    @property
    def control_id(self) -> str:
        return f"{self.list_run.slug} down"

    def functions(self) -> list[Function]:
        kind, size = self.reader.kind, self.reader.page_size
        self.asked, self.asked_after = size // 2 if self.alone else size, self.reader.after
        below = filters.lt(kind.key, self.reader.before) if self.reader.before else None
        function = page_function(
            kind.object,
            self.list_run.fields,
            key=kind.key,
            after=self.asked_after,
            where=filters.all_of(self.reader.where, below),
            page_size=self.asked,
            descending=True,
        )
        return [function.with_id(self.control_id)]

    def receive(self, reply: Reply) -> Callable[[], None]:
        self.alone, self.asked = False, 0
        reader = self.reader
        if self.stopped or reader.met:
            return _nothing
        data = reply[self.control_id].or_raise()
        page = page_from(data, key=reader.kind.key, after=self.asked_after, descending=True)
        if reader.before and page.last_key >= reader.before:
            raise MisshapenReply("a page goes beyond where it was to begin")
        records = page.records
        first: int | None = page.first_key
        if page.first_key <= reader.after:
            records = [each for each in records if reader.key_of(each) > reader.after]
            first = min(map(reader.key_of, records), default=reader.before)
        reader.take(records, page.is_last or len(records) < len(page.records))
        reader.before = first
        reader.top = reader.top or page.last_key
        if reader.met:
            # What the reader has on its way lies beyond: nothing of it is new.
            reader.before = reader.after + 1
        rows, met = reader.rows_of(records), reader.met
        return lambda: reader.store_upper(rows, met)

    def give_up(self, error: IntacctError) -> Callable[[], None]:
        """The reader goes on by itself, and meets the same trouble if it is one."""
        self.stopped, self.asked = True, 0
        return _nothing


def _nothing() -> None: ...
