"""Which requests of one worker are in progress, and which lists' ends wait for their next one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from intacct.functions import LARGEST_PAGE
from intacct.request import Function
from smartsync.engine.list_end import ListEnd
from smartsync.engine.step import Step

MOST_REQUESTS = 2
"""Requests in progress at once. Intacct accepts two per company; `intacct.limiter` enforces this over all workers."""
MOST_LISTS = 50
"""Lists in one request. Each needs two functions, rarely three, and about a hundred functions are safe."""


@dataclass(eq=False)
class InFlight:
    """Hold one request that was sent, with the step of each list's end in it.

    is_followed: whether the next page of its list was requested before its reply was parsed.
    """

    steps: dict[ListEnd, Step[Any]]
    is_followed: bool = False

    @property
    def functions(self) -> list[Function]:
        """The functions of all steps, in the order of the steps."""
        return [function for step in self.steps.values() for function in step.functions]


class Requested:
    """Count the requests from when they are sent until their pages are stored. The pipeline's lock guards it.

    unanswered: requests that use one of the `MOST_REQUESTS` slots. parsing: ends whose next page was requested while
    the reply before it is parsed. unstored: requests sent whose pages are not stored yet.
    """

    def __init__(self) -> None:
        self.unanswered: set[InFlight] = set()
        self.parsing: set[ListEnd] = set()
        self.unstored = 0

    def has_room(self, most_pages: int) -> bool:
        """Whether another request may be sent. `most_pages`: how many may be unstored, since they are in memory."""
        return len(self.unanswered) < MOST_REQUESTS and self.unstored < most_pages

    def send(self, ends: tuple[ListEnd, ...]) -> InFlight:
        """Return a request with the next step of each of these ends, and count it as unanswered."""
        # Counted before the reply: the other end must not ask for the same records.
        request = InFlight({end: end.next_step() for end in ends})
        for end, step in request.steps.items():
            end.end_state.requested += step.records
        self.unanswered.add(request)
        self.unstored += 1
        return request

    def is_in_order(self, request: InFlight) -> bool:
        """Whether the replies to all earlier requests of its ends were accepted."""
        return request.is_followed or self.parsing.isdisjoint(request.steps)

    def follow(self, request: InFlight, end: ListEnd) -> None:
        """Give the slot back before the reply is parsed, so that the next page of this end can be requested."""
        # The gateway has answered, so the slot is free although the reply is still to be parsed.
        request.is_followed = True
        self.unanswered.discard(request)
        self.parsing.add(end)

    def finish(self, request: InFlight) -> None:
        """Note that the reply is accepted next, or that it failed."""
        self.unanswered.discard(request)
        self.parsing.difference_update(request.steps)
        for end, step in request.steps.items():
            end.end_state.requested -= step.records
            # The cursor has this key from now on.
            end.end_state.ahead = None


class WaitingEnds:
    """Hold the lists' ends without a request, and choose which of them share the next one."""

    def __init__(self, ends: list[ListEnd]) -> None:
        self.ends = ends

    def offer(self, end: ListEnd) -> None:
        """Add an end that has something to ask. One that waits already is not added twice."""
        if end.has_next and end not in self.ends:
            self.ends.append(end)

    def take(self) -> tuple[ListEnd, ...]:
        """Remove and return the end with the largest page, and all others that fit with it into a reply of one page."""
        # While an end waits, the other end of its list may have read what was left.
        self.ends = [end for end in self.ends if end.has_next]
        # Long lists first: they take longest, and the short ones fill the room that they leave.
        self.ends.sort(key=lambda end: end.weight, reverse=True)
        chosen = tuple(self._fitting())
        self.ends = [end for end in self.ends if end not in chosen]
        return chosen

    def _fitting(self) -> Iterator[ListEnd]:
        count, room = 0, LARGEST_PAGE
        for end in self.ends:
            is_alone = end.end_state.is_alone
            if not end.is_ready or (count and (is_alone or end.weight > room or count == MOST_LISTS)):
                continue
            yield end
            count, room = count + 1, room - end.weight
            # Its last request failed. Alone, it can fail again without any other list.
            if is_alone:
                return
