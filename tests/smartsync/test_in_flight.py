"""Which lists' ends share a request, and how many requests may be in progress, without Intacct."""

from typing import Any, cast

import pytest

from smartsync.engine.in_flight import MOST_LISTS, MOST_REQUESTS, Requested, WaitingEnds
from smartsync.engine.list_end import ListEnd
from smartsync.engine.list_state import EndState
from smartsync.engine.step import Step, Writes


class NoStep(Step[None]):
    def read(self, reply: object) -> None: ...

    def accept(self, content: None) -> Writes:
        return []


class FakeEnd:
    """An end that always asks for the same."""

    def __init__(self, weight: int, **state: Any) -> None:
        self.weight = weight
        self.has_next = self.is_ready = True
        self.end_state = EndState(**state)

    def next_step(self) -> Step[None]:
        return NoStep(functions=[], position=None, records=self.weight)


def ends(*weights: int) -> list[ListEnd]:
    return cast("list[ListEnd]", [FakeEnd(weight) for weight in weights])


def weights(taken: tuple[ListEnd, ...]) -> list[int]:
    return [end.weight for end in taken]


def test_largest_page_goes_first_and_small_ones_fill_the_room() -> None:
    waiting = WaitingEnds(ends(20, 1900, 90, 60, 1500))
    assert weights(waiting.take()) == [1900, 90]
    assert weights(waiting.take()) == [1500, 60, 20]
    assert waiting.take() == ()


def test_page_larger_than_the_room_is_still_asked_for() -> None:
    assert weights(WaitingEnds(ends(5000, 1)).take()) == [5000]


def test_request_has_a_limited_number_of_lists() -> None:
    waiting = WaitingEnds(ends(*[1] * (MOST_LISTS + 3)))
    assert [len(waiting.take()), len(waiting.take())] == [MOST_LISTS, 3]


def test_end_whose_request_failed_is_asked_alone() -> None:
    failed, *others = ends(1000, 500, 200)
    failed.end_state.is_alone = True
    waiting = WaitingEnds([*others, failed])
    assert waiting.take() == (failed,)
    assert waiting.take() == tuple(others)


def test_end_that_is_not_ready_waits() -> None:
    late, other = ends(1000, 500)
    cast("Any", late).is_ready = False
    waiting = WaitingEnds([late, other])
    assert waiting.take() == (other,)
    assert waiting.ends == [late]


def test_end_with_nothing_to_ask_is_dropped() -> None:
    over, other = ends(1000, 500)
    waiting = WaitingEnds([over])
    cast("Any", over).has_next = False
    waiting.offer(other)
    waiting.offer(over)
    waiting.offer(other)
    assert waiting.take() == (other,)
    assert waiting.ends == []


def test_only_so_many_requests_are_in_progress() -> None:
    requested, [end] = Requested(), ends(2000)
    requests = [requested.send((end,)) for _ in range(MOST_REQUESTS)]
    assert not requested.has_room(most_pages=9)
    requested.finish(requests[0])
    assert requested.has_room(most_pages=9)


def test_unstored_pages_limit_the_requests() -> None:
    requested, [end] = Requested(), ends(2000)
    requested.finish(requested.send((end,)))
    assert not requested.has_room(most_pages=1)
    requested.unstored -= 1
    assert requested.has_room(most_pages=1)


def test_records_count_as_requested_until_their_reply() -> None:
    requested, [end] = Requested(), ends(2000)
    request = requested.send((end,))
    end.end_state.ahead = 7
    assert end.end_state.requested == 2000
    requested.finish(request)
    assert end.end_state == EndState()


@pytest.mark.parametrize("is_followed", [True, False])
def test_reply_waits_for_the_earlier_one_of_its_end(is_followed: bool) -> None:
    requested, [end] = Requested(), ends(2000)
    first = requested.send((end,))
    if is_followed:
        requested.follow(first, end)
    second = requested.send((end,))

    assert requested.is_in_order(first)
    assert requested.is_in_order(second) == (not is_followed)
    requested.finish(first)
    assert requested.is_in_order(second)
