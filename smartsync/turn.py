"""One worker's turn at a run: two requests on their way at any time, what they bring is read and written meanwhile.

A turn ends after about `TURN`, so that other runs get theirs; whatever is not done goes on in a later turn, by this
worker or another. It ends at once when the person cancelled or another worker took the run over.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from threading import Condition

from django.db import transaction

from intacct.errors import SIGN_IN_REFUSED, IntacctError
from intacct.functions import LARGEST_PAGE
from intacct.reply import Reply
from intacct.request import Function
from intacct.session import Session
from leases.work import is_stopping
from smartsync.asked import Asked, Receive, Write, nothing
from smartsync.descent import Descent
from smartsync.formatting import formatting_of
from smartsync.models import SyncRun
from smartsync.reading import Reader

LANES = 2
"""Requests on their way at once. Intacct gives a company two places; `intacct.limiter` keeps all workers to them."""
PAGES = 2 * LANES
"""Requests at once from being sent to being stored: no more, since it is all in memory."""
PAGES_OF_ALL = 4 * PAGES
"""The same for all turns of this process together; each gets one in any case."""
TURN = 30.0
"""Seconds."""
MOST_LISTS = 50
"""Lists in one request: each is two functions, seldom three, and about a hundred are safe."""

turns: "set[Turn]" = set()
"""Those that this process is at."""
Lane = Reader | Descent
Brought = Mapping[Lane, Receive | IntacctError]


@dataclass(eq=False)
class Flight:
    """One request, and what each lane in it asked. `holds`: whether it still holds its place on the way."""

    asked: dict[Lane, Asked]
    holds: bool = True

    @property
    def functions(self) -> list[Function]:
        return [function for asked in self.asked.values() for function in asked.functions]


class Turn:
    """Threads ask, read the answers, and let the lanes move on; what these bring is written meanwhile by the caller.

    Only the caller speaks to the database. Whatever else the threads share is touched while `news` is held.
    """

    def __init__(self, run: SyncRun, session: Session) -> None:
        self.run = run
        self.session = session
        formatting = formatting_of(run.profile.connection)
        readers = [Reader(each, formatting) for each in run.lists.unfinished()]
        self.waiting: list[Lane] = [*readers, *(each.descent for each in readers if each.descent)]
        self.reading: set[Lane] = set()
        self.writes: list[list[tuple[Lane, Write]]] = []
        self.flying = self.under_way = 0
        self.is_answered = self.is_closed = False
        self.news = Condition()
        self.ends_at = time.monotonic() + TURN
        self.trouble: IntacctError | None = None

    def take(self) -> None:
        """Read and write until the lists are done, time is up or the run is cancelled. Raises LeaseLost.

        Raises the IntacctError that this run cannot come past: refused credentials, or silence on every request.
        """
        turns.add(self)
        pool = ThreadPoolExecutor(2 * LANES)
        threads = [pool.submit(self._fly) for _ in range(2 * LANES)]
        for thread in threads:
            thread.add_done_callback(lambda _: self._tell())
        try:
            while not is_stopping.is_set() and not self.run.is_cancelled() and self._await(threads):
                if self.writes:
                    self._write()
        finally:
            self.is_closed = True
            turns.discard(self)
            self._tell()
            pool.shutdown(wait=False)
        if self.trouble and not self.is_answered:
            raise self.trouble

    def _tell(self) -> None:
        with self.news:
            self.news.notify_all()

    # In the threads

    def _fly(self) -> None:
        while flight := self._take_off():
            self._land(flight, self._brought(flight))

    def _brought(self, flight: Flight) -> Brought:
        """What came for each lane. A request without an answer, after all its retries, has failed for them all."""
        try:
            reply = self.session.call(*flight.functions, arrived=partial(self._arrived, flight))
        except SIGN_IN_REFUSED:
            raise
        except IntacctError as error:
            self.trouble = error
            return dict.fromkeys(flight.asked, error)
        self.is_answered = True
        return {lane: _read(asked, reply) for lane, asked in flight.asked.items()}

    def _take_off(self) -> Flight | None:
        """What to ask next, as soon as there is something to ask; None when nothing will come of this turn any more."""
        with self.news:
            while not self.is_closed and time.monotonic() < self.ends_at:
                # Not far ahead of what is still to be written: it is all in memory.
                if self.flying < LANES and self.under_way < self._most_pages() and (lanes := self._next()):
                    flight = Flight({lane: lane.ask() for lane in lanes})
                    for lane, asked in flight.asked.items():
                        lane.asked += asked.size
                    self.flying += 1
                    self.under_way += 1
                    return flight
                if not self.under_way:
                    break
                self.news.wait()
        return None

    def _most_pages(self) -> int:
        return max(1, min(PAGES, PAGES_OF_ALL // max(1, len(turns))))

    def _next(self) -> tuple[Lane, ...]:
        """The longest list first, and with it whatever else fits into an answer of one page."""
        self.waiting = [each for each in self.waiting if each.step]
        self.waiting.sort(key=lambda reader: reader.weight, reverse=True)
        lanes = tuple(self._fitting())
        self.waiting = [each for each in self.waiting if each not in lanes]
        return lanes

    def _fitting(self) -> Iterator[Lane]:
        taken, room = 0, LARGEST_PAGE
        for reader in self.waiting:
            if not reader.ready or (taken and (reader.alone or reader.weight > room or taken == MOST_LISTS)):
                continue
            yield reader
            taken, room = taken + 1, room - reader.weight
            if reader.alone:
                return

    def _arrived(self, flight: Flight, body: bytes) -> None:
        """An answer is here: what follows it is asked while it is read, if it is one page of a long list."""
        lane, *others = flight.asked
        if others or not flight.asked[lane].more:
            return
        with self.news:
            self._await_earlier(flight)
            if flight.holds and flight.asked[lane].place == lane.place and lane.look_ahead(body):
                flight.holds = False
                self.flying -= 1
                self.reading.add(lane)
                self._offer(lane)
                self.news.notify_all()

    def _await_earlier(self, flight: Flight) -> None:
        """Each lane receives its answers in the order in which it asked. One that failed altogether closes the turn."""
        self.news.wait_for(lambda: self.is_closed or not flight.holds or self.reading.isdisjoint(flight.asked))

    def _offer(self, lane: Lane) -> None:
        if lane.step and lane not in self.waiting:
            self.waiting.append(lane)

    def _land(self, flight: Flight, brought: Brought) -> None:
        with self.news:
            self._await_earlier(flight)
            self.flying -= flight.holds
            self.reading.difference_update(flight.asked)
            # What comes after a cancelled turn is nobody's.
            if not self.is_closed:
                self.writes.append([(lane, self._landed(flight, lane, each)) for lane, each in brought.items()])
            self.news.notify_all()

    def _landed(self, flight: Flight, lane: Lane, brought: Receive | IntacctError) -> Write:
        asked = flight.asked[lane]
        lane.asked, lane.ahead = lane.asked - asked.size, None
        is_single = isinstance(lane, Reader) and not lane.descent
        # Else what it was to follow did not come, or was the end.
        write = _received(lane, brought) if asked.place == lane.place else nothing
        if flight.holds:
            self._offer(lane)
        if is_single and isinstance(lane, Reader) and lane.descent:
            self._offer(lane.descent)
        return write

    # In the caller's thread

    def _await(self, threads: Sequence[Future[None]]) -> bool:
        """Until something is to be written, or a second; False once nothing is and the threads ended.

        Raises what a thread failed with.
        """
        with self.news:
            # No longer than a person who cancelled should wait.
            self.news.wait_for(lambda: self.writes or all(thread.done() for thread in threads), timeout=1)
            ended = [thread.result() for thread in threads if thread.done()]
            return bool(self.writes) or len(ended) < len(threads)

    def _write(self) -> None:
        """All that has come, in one transaction that this worker must still hold the run for."""
        with self.news:
            flights, self.writes = self.writes, []
        again = []
        with transaction.atomic():
            writes = list(chain.from_iterable(flights))
            if all(write is nothing for _lane, write in writes):
                self.run.hold()
            else:
                self.run.advance()
            for lane, write in writes:
                waited_for = lane.step is None
                write()
                if waited_for and lane.step:
                    again.append(lane)
        with self.news:
            for lane in again:
                self._offer(lane)
            self.under_way -= len(flights)
            self.news.notify_all()


def _read(asked: Asked, reply: Reply) -> Receive | IntacctError:
    try:
        return asked.read(reply)
    except IntacctError as error:
        return error


def _received(lane: Lane, brought: Receive | IntacctError) -> Write:
    """A lane that got no answer asks once more: alone, for half as much."""
    if not isinstance(brought, IntacctError):
        return brought()
    if brought.layer == "result" or lane.alone:
        return lane.give_up(brought)
    lane.alone = True
    return nothing
