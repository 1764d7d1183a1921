"""The upper end of a long list, from the highest key downward, so that both requests that Intacct allows are used."""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from intacct.errors import IntacctError, MisshapenReply
from intacct.paging import last_key, page_from
from intacct.reply import Reply
from smartsync.engine.list_end import ListEnd
from smartsync.engine.list_state import EndState, half
from smartsync.engine.reading import ListReading
from smartsync.engine.rows import Rows, rows_of
from smartsync.engine.step import Step, Writes
from smartsync.warnings import Note, page_warnings


class UpperEnd(ListEnd):
    """Reads pages from the highest key downward, until they meet those of the lower end."""

    @property
    def has_next(self) -> bool:
        # The last page of the list is left to the lower end, which also counts in the same request.
        return not self._is_over and self.state.left > self.state.page_size

    @property
    def position(self) -> object:
        return self._is_over, self.state.cursor.high

    @property
    def weight(self) -> int:
        return self.state.page_size

    @property
    def _is_over(self) -> bool:
        return self.end_state.is_stopped or self.state.cursor.has_met

    def next_step(self) -> "UpperPageStep":
        """Return the next page below the lowest key that this end has received or will have received."""
        # `page_size` is already halved after a failure of the lower end, and the list has one size for both ends.
        size = half(self.state.page_size) if self.end_state.is_alone else self.state.page_size
        after, before = self.state.cursor.low, self.end_state.ahead or self.state.cursor.high
        return UpperPageStep(
            reading=self.reading,
            functions=[self.reading.requests.upper_page(after, before, size)],
            # False: what was requested while this end read on is discarded once it is over.
            position=(False, before),
            records=size,
            may_look_ahead=True,
            end_state=self.end_state,
            after=after,
            before=before,
            low_taken=self.state.low_taken,
        )

    def look_ahead(self, body: bytes) -> bool:
        # If it is not the lowest key, the position will differ from that of the next request, whose reply is discarded.
        self.end_state.ahead = last_key(body, self.reading.requests.kind.key)
        return bool(self.end_state.ahead) and self.has_next

    def give_up(self, error: IntacctError) -> Writes:
        """Stop reading from this end. The lower end goes on alone: it can continue after pages without a usable key."""
        # The state keeps this end: its pages stay stored, so the list goes on as one that is read from both ends.
        self.end_state.is_stopped = True
        return []


class HighPage(NamedTuple):
    """A page of the upper end. remaining: how many records Intacct had between this page and the lower end."""

    rows: Rows
    remaining: int
    warnings: list[Note]


@dataclass(frozen=True, kw_only=True)
class UpperPageStep(Step[HighPage]):
    """Read the page with the highest keys below `before` and above `after`.

    low_taken: how many records the lower end had brought before this request.
    """

    reading: ListReading
    end_state: EndState
    after: int
    before: int | None
    low_taken: int

    def read(self, reply: Reply) -> HighPage:
        list_run, requests = self.reading.list_run, self.reading.requests
        result = reply[requests.upper_page_id]
        data = result.as_read()
        page = page_from(data, key=requests.kind.key, after=self.after, descending=True)
        if self.before and page.last_key >= self.before:
            raise MisshapenReply("a page has keys at or above its upper limit")
        # After a second failure this end stops, and the lower end reads the rest: it can skip records by number.
        if page.is_stuck or page.repeated:
            raise MisshapenReply("a page does not continue the page before it")
        rows = rows_of(list_run, page.records, page.unkeyed)
        return HighPage(rows, page.remaining, page_warnings(requests.kind, result, data))

    def accept(self, content: HighPage) -> Writes:
        state, recorder = self.reading.state, self.reading.recorder
        recorder.warn(content.warnings)
        brought = state.low_taken - self.low_taken
        is_last = state.is_last(content.rows, remaining=content.remaining, brought=brought)
        rows = state.accept_high(self.end_state, content.rows, is_last=is_last)
        return [partial(recorder.store_high, rows, is_last=state.cursor.has_met), *recorder.finish()]
