"""A list is read from both ends while records are created and deleted: without Intacct and without a database."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from intacct.reply import Reply
from smartsync.engine.ascending import LowerEnd
from smartsync.engine.ascending_steps import PageStep
from smartsync.engine.cursor import ListCursor
from smartsync.engine.descending import UpperEnd, UpperPageStep
from smartsync.engine.in_flight import InFlight, Requested, WaitingEnds
from tests.support.examples import examples

from .test_steps import page, reading, reply

PAGE = 3
CREATE, DELETE = "create the newest", "delete the oldest"
CHANGE, FIRST, LAST = "change", "the first reply comes", "the last reply comes"


def answer(keys: list[int], request: InFlight) -> Reply:
    """What Intacct answers to the request of one end now."""
    [step] = request.steps.values()
    assert isinstance(step, (PageStep, UpperPageStep))
    between = [key for key in keys if key > step.after and (step.before is None or key < step.before)]
    if isinstance(step, UpperPageStep):
        return reply(page("7 down", *between[::-1][: step.records], remaining=max(0, len(between) - step.records)))
    return reply(
        page("7", *between[: step.records], remaining=max(0, len(between) - step.records)),
        page("7 count", *keys[:1], remaining=max(0, len(keys) - 1)),
        page("7 newest", *(key for key in keys if step.max_key and key > step.max_key)),
    )


class Reader:
    """Reads a list from both ends. `read`: the keys of the records to store."""

    def __init__(self, cursor: ListCursor) -> None:
        list_reading = reading(cursor, counted_before=cursor.total, read=cursor.taken)
        self.state = list_reading.state
        assert self.state.upper
        self.waiting = WaitingEnds([LowerEnd(list_reading), UpperEnd(list_reading, self.state.upper)])
        self.requested = Requested()
        self.sent: list[tuple[InFlight, Reply]] = []
        self.read = set(range(1, cursor.low + 1))

    def send(self, keys: list[int]) -> None:
        """Send the next request, if two are not in progress. Intacct answers it now; the reply comes later."""
        if self.requested.has_room(PAGE) and (ends := self.waiting.take()):
            request = self.requested.send(ends)
            self.requested.unstored -= 1
            self.sent.append((request, answer(keys, request)))

    def accept(self, index: int) -> None:
        """Accept a reply, unless the list has moved on since its request."""
        request, content = self.sent.pop(index)
        self.requested.finish(request)
        [(end, step)] = request.steps.items()
        if step.position == end.position:
            store, *_others = step.accept(step.read(content))
            self.read.update(store.args[0].keys)  # type: ignore[attr-defined]
        self.waiting.offer(end)


@examples(60)
@given(
    counted=st.integers(4 * PAGE, 20),
    low=st.sampled_from([0, PAGE]),
    created=st.sampled_from([0, 0, 1, 3]),
    change=st.sampled_from([CREATE, DELETE]),
    events=st.lists(st.sampled_from([CHANGE, FIRST, LAST]), max_size=12),
)
@example(counted=12, low=0, created=0, change=CREATE, events=[CHANGE])
@example(counted=12, low=0, created=0, change=DELETE, events=[CHANGE, CHANGE, CHANGE, LAST])
@example(counted=12, low=PAGE, created=2, change=CREATE, events=[])
@example(counted=12, low=PAGE, created=1, change=CREATE, events=[FIRST, CHANGE, LAST])
def test_ends_meet_only_when_nothing_is_between_them(
    monkeypatch: pytest.MonkeyPatch, counted: int, low: int, created: int, change: str, events: list[str]
) -> None:
    """Even if records were created or deleted since Intacct counted.

    counted: how many records there were then. low: how many of them an earlier worker has read. created: how many were
    created before this worker began.
    """
    for module in ("list_state", "in_flight"):
        monkeypatch.setattr(f"smartsync.engine.{module}.LARGEST_PAGE", PAGE)
    keys = list(range(1, counted + (created if change == CREATE else 0) + 1))
    reader, lasting = Reader(ListCursor(total=counted, low=low, taken=low)), set(keys)

    for event in [*events, *[FIRST] * 2 * counted]:
        reader.send(keys)
        if event != CHANGE:
            reader.accept(0 if event == FIRST else -1)
        elif change == CREATE:
            keys.append(keys[-1] + 1)
        else:
            lasting.discard(keys.pop(0))
        if reader.state.cursor.has_met:
            break

    assert reader.state.cursor.has_met
    assert lasting <= reader.read
