"""The lower end of a list: what it asks next, from the lowest key upward."""

from functools import partial
from typing import Any

from django.utils import timezone

from intacct.errors import FieldUnknown, IntacctError, QueryRefused
from intacct.paging import last_key
from smartsync.engine.ascending_steps import CountStep, FieldsStep, PageStep
from smartsync.engine.list_end import ListEnd
from smartsync.engine.list_state import FIRST_PAGE, Task
from smartsync.engine.reading import ListReading
from smartsync.engine.step import Step, Writes

SMALL = 20
"""The weight of a look-up or a count, in records. A reply to `lookup` has about 8 kB (28 of them had 230 kB)."""


class LowerEnd(ListEnd):
    """Reads a list from its lowest key upward. It alone looks up fields and counts, and it ends the list."""

    def __init__(self, reading: ListReading) -> None:
        super().__init__(reading, reading.state.lower)

    @property
    def has_next(self) -> bool:
        return self.state.task is not None

    @property
    def position(self) -> object:
        return self.state.task, self.state.cursor.low, self.state.cursor.skipped

    @property
    def weight(self) -> int:
        list_run = self.reading.list_run
        if self.state.task is not Task.PAGE:
            return SMALL
        if list_run.counted_before is None:
            # The fields are known from an earlier run, so no count came with them. Most lists have no changes then.
            return FIRST_PAGE // 4
        return max(1, min(self.state.page_size, list_run.counted_before - list_run.read))

    @property
    def is_ready(self) -> bool:
        """False while a reply for the upper end may bring all remaining records, so that no page is asked for twice."""
        state = self.state
        return not (state.upper and state.upper.requested and state.task is Task.PAGE and state.left <= 0)

    def next_step(self) -> Step[Any]:
        list_run, state = self.reading.list_run, self.state
        # Before the first request is sent. The next incremental run asks for changes since this time, so that none
        # falls between the two runs.
        list_run.began_at = list_run.began_at or timezone.now()
        if state.task is Task.PAGE and state.cursor.has_met:
            # The upper end has brought the last page, while this end had nothing in progress.
            state.task = Task.COUNT
        if state.task is Task.LOOK_UP:
            return self._fields_step()
        return self._count_step() if state.task is Task.COUNT else self._page_step()

    def look_ahead(self, body: bytes) -> bool:
        cursor, ahead = self.state.cursor, last_key(body, self.reading.requests.kind.key)
        self.end_state.ahead = ahead
        return bool(ahead and ahead > cursor.low) and not cursor.has_met and self.state.left > 0

    def give_up(self, error: IntacctError) -> Writes:
        """End the list with the error's cause. But refused fields are left out, or looked up once."""
        state, recorder = self.state, self.reading.recorder
        task: Task | None = None
        writes: Writes = [partial(recorder.end_with, error)]
        if isinstance(error, FieldUnknown) and (refused := error.refused_among(self.reading.list_run.fields)):
            writes = [partial(recorder.leave_out, refused, error)]
        elif isinstance(error, QueryRefused) and not state.has_looked_up:
            # The fields are those of an earlier run. The company may have fewer of them now, so they are looked up.
            task, writes = Task.LOOK_UP, [recorder.save]
        # Only once: the thread that writes reads it without the lock.
        state.task = task
        state.stop_upper_end()
        return writes

    def _fields_step(self) -> FieldsStep:
        self.state.has_looked_up = True
        return FieldsStep(reading=self.reading, functions=self.reading.requests.fields(), position=self.position)

    def _count_step(self) -> CountStep:
        max_key = self.state.cursor.max_key
        functions = self.reading.requests.count(max_key)
        return CountStep(reading=self.reading, functions=functions, position=self.position, max_key=max_key)

    def _page_step(self) -> PageStep:
        """The next page, and with the last page a count, which saves the list a request."""
        state, cursor, requests = self.state, self.state.cursor, self.reading.requests
        # With two ends, no more than is left: else the last page would fetch records that the upper end has asked for.
        # If nothing seems left, the list has grown by an unknown number, and the upper end asks for nothing more.
        size = min(state.page_size, state.left) if state.upper and state.left > 0 else state.page_size
        # The count waits while the upper end has not received its first page: the highest key of that page is needed
        # to ask for records that were created since.
        is_last = bool(cursor.low and (cursor.max_key or not state.upper) and state.left <= size)
        # A page without a parsed predecessor continues at the key found in the raw reply.
        after = self.end_state.ahead or cursor.low
        skipped = 0 if self.end_state.ahead else cursor.skipped
        # An earlier count is out of date as soon as another page is read after it.
        state.counted = None
        page = requests.page(after, cursor.high, size, skipped)
        return PageStep(
            reading=self.reading,
            functions=[page, *(requests.count(cursor.max_key) if is_last else [])],
            position=(Task.PAGE, after, skipped),
            records=size,
            may_look_ahead=state.upper is not None and not is_last,
            after=after,
            before=cursor.high,
            skipped=skipped,
            high_taken=state.high_taken,
            is_counting=is_last,
            max_key=cursor.max_key,
        )
