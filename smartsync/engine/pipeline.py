"""One worker's time with a run: two requests are always in progress, while earlier replies are parsed and written.

It ends after about `TURN` seconds, so that other runs can continue. The rest of the run is done later, by this worker
or another. It ends at once if a user cancels the run or another worker has taken it over.

A "lane" is one end of a list: a `Reader` or a `Descent`. A `Flight` is one request that has been sent.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from threading import Condition

from django.db import transaction

from core.work import is_stopping
from intacct.errors import SIGN_IN_REFUSED, IntacctError
from intacct.functions import LARGEST_PAGE
from intacct.reply import Reply
from intacct.request import Function
from intacct.session import Session
from smartsync.engine.ascending import Reader
from smartsync.engine.descending import Descent
from smartsync.engine.formatting import formatting_of
from smartsync.engine.step import Asked, Receive, Write, nothing
from smartsync.models import SyncRun

LANES = 2
"""Requests in progress at once. Intacct accepts two per company; `intacct.limiter` enforces this over all workers."""
PAGES = 2 * LANES
"""Requests at once that were sent and are not stored yet. The limit exists because their pages are in memory."""
PAGES_OF_ALL = 4 * PAGES
"""The same limit for all runs of this process together. Each run may have one request in any case."""
TURN = 30.0
"""Seconds after which a worker gives the run back, so that other runs can continue."""
MOST_LISTS = 50
"""Lists in one request. Each needs two functions, rarely three, and about a hundred functions are safe."""

turns: "set[Turn]" = set()
"""The turns that are active in this process."""
Lane = Reader | Descent
Brought = Mapping[Lane, Receive | IntacctError]


@dataclass(eq=False)
class Flight:
    """One request, and what each list's end asked in it.

    `holds` is whether it still counts as one of the `LANES` requests in progress.
    """

    asked: dict[Lane, Asked]
    holds: bool = True

    @property
    def functions(self) -> list[Function]:
        return [function for asked in self.asked.values() for function in asked.functions]


class Turn:
    """Works on a run for a limited time.

    Threads send requests, parse the replies and update the state of the lists' ends. Only the caller's thread uses the
    database: it writes what the replies brought. All other state that the threads share is guarded by `news`.
    """

    def __init__(self, run: SyncRun, session: Session) -> None:
        self.run = run
        self.session = session
        formatting = formatting_of(run.profile.connection)
        readers = [Reader(list_run, formatting) for list_run in run.lists.unfinished()]
        self.waiting: list[Lane] = [*readers, *(reader.descent for reader in readers if reader.descent)]
        self.reading: set[Lane] = set()
        self.writes: list[list[tuple[Lane, Write]]] = []
        self.flying = self.under_way = 0
        self.is_answered = self.is_closed = False
        self.news = Condition()
        self.ends_at = time.monotonic() + TURN
        self.trouble: IntacctError | None = None

    def take(self) -> None:
        """Read and write until the lists are done, the time is over or the run is canceled.

        Raises LeaseLost, and the IntacctError with which the run cannot continue: refused credentials, or no reply to
        any request.
        """
        turns.add(self)
        # Twice as many threads as requests: while some wait for a reply, the others parse earlier ones.
        pool = ThreadPoolExecutor(2 * LANES)
        threads = [pool.submit(self._fly) for _ in range(2 * LANES)]
        for thread in threads:
            # `_await` must wake up when a thread ends, also when it failed.
            thread.add_done_callback(lambda _: self._tell())
        try:
            while not is_stopping.is_set() and not self.run.is_cancelled() and self._await(threads):
                if self.writes:
                    self._write()
        finally:
            self.is_closed = True
            turns.discard(self)
            self._tell()
            # Without waiting: a thread may wait for a slow reply, which is then discarded.
            pool.shutdown(wait=False)
        if self.trouble and not self.is_answered:
            raise self.trouble

    def _tell(self) -> None:
        with self.news:
            self.news.notify_all()

    # In the threads that send requests

    def _fly(self) -> None:
        while flight := self._take_off():
            self._land(flight, self._brought(flight))

    def _brought(self, flight: Flight) -> Brought:
        """The result for each list's end. A request without a reply after all retries has failed for all of them."""
        try:
            reply = self.session.call(*flight.functions, on_body=partial(self._arrived, flight))
        except SIGN_IN_REFUSED:
            raise
        except IntacctError as error:
            self.trouble = error
            return dict.fromkeys(flight.asked, error)
        self.is_answered = True
        return {lane: _read(asked, reply) for lane, asked in flight.asked.items()}

    def _take_off(self) -> Flight | None:
        """Wait until there is something to ask, and return it. None when this turn has nothing more to ask."""
        with self.news:
            while not self.is_closed and time.monotonic() < self.ends_at:
                # Do not read far ahead of what is written: the pages are in memory.
                if self.flying < LANES and self.under_way < self._most_pages() and (lanes := self._next()):
                    flight = Flight({lane: lane.ask() for lane in lanes})
                    for lane, asked in flight.asked.items():
                        lane.asked += asked.size
                    self.flying += 1
                    self.under_way += 1
                    return flight
                # Nothing to ask and nothing in progress that could change this.
                if not self.under_way:
                    break
                self.news.wait()
        return None

    def _most_pages(self) -> int:
        return max(1, min(PAGES, PAGES_OF_ALL // max(1, len(turns))))

    def _next(self) -> tuple[Lane, ...]:
        """The list's end with the largest page, and all others that fit with it into a reply of one page."""
        self.waiting = [lane for lane in self.waiting if lane.step]
        self.waiting.sort(key=lambda lane: lane.weight, reverse=True)
        lanes = tuple(self._fitting())
        self.waiting = [lane for lane in self.waiting if lane not in lanes]
        return lanes

    def _fitting(self) -> Iterator[Lane]:
        count, room = 0, LARGEST_PAGE
        for lane in self.waiting:
            if not lane.ready or (count and (lane.alone or lane.weight > room or count == MOST_LISTS)):
                continue
            yield lane
            count, room = count + 1, room - lane.weight
            if lane.alone:
                return

    def _arrived(self, flight: Flight, body: bytes) -> None:
        """Request the next page as soon as a reply is here and before it is parsed, if it is a page of a long list.

        So the next request is in progress while this reply, up to 2,000 records, is parsed.
        """
        lane, *others = flight.asked
        if others or not flight.asked[lane].more:
            return
        with self.news:
            self._await_earlier(flight)
            # The place is compared because an earlier reply may have failed or ended the list. A request that the
            # transport repeats arrives here again, and gives its slot back only once.
            if flight.holds and flight.asked[lane].place == lane.place and lane.look_ahead(body):
                flight.holds = False
                self.flying -= 1
                self.reading.add(lane)
                self._offer(lane)
                self.news.notify_all()

    def _await_earlier(self, flight: Flight) -> None:
        """Wait until the earlier replies for the same list's end were received: their order is that of the requests.

        A request that failed with an unexpected error never gets there; then the turn is closed, which ends the wait.
        """
        self.news.wait_for(lambda: self.is_closed or not flight.holds or self.reading.isdisjoint(flight.asked))

    def _offer(self, lane: Lane) -> None:
        if lane.step and lane not in self.waiting:
            self.waiting.append(lane)

    def _land(self, flight: Flight, brought: Brought) -> None:
        with self.news:
            self._await_earlier(flight)
            self.flying -= flight.holds
            self.reading.difference_update(flight.asked)
            # A reply that comes after the turn was closed is discarded: no thread would write it.
            if not self.is_closed:
                self.writes.append([(lane, self._landed(flight, lane, result)) for lane, result in brought.items()])
            self.news.notify_all()

    def _landed(self, flight: Flight, lane: Lane, brought: Receive | IntacctError) -> Write:
        asked = flight.asked[lane]
        lane.asked, lane.ahead = lane.asked - asked.size, None
        is_single = isinstance(lane, Reader) and not lane.descent
        # If the place differs, the page before this one failed or was the last one, so this reply is discarded.
        write = _received(lane, brought) if asked.place == lane.place else nothing
        # A request that was followed early has offered its lane already, in `_arrived`.
        if flight.holds:
            self._offer(lane)
        # The reply has shown that the list is long, and the reader has started a second end.
        if is_single and isinstance(lane, Reader) and lane.descent:
            self._offer(lane.descent)
        return write

    # In the caller's thread

    def _await(self, threads: Sequence[Future[None]]) -> bool:
        """Wait for something to write, for at most a second. False if there is nothing and the threads have ended.

        Raises the error with which a thread failed.
        """
        with self.news:
            # One second is the longest time that a user who cancels the run should wait.
            self.news.wait_for(lambda: self.writes or all(thread.done() for thread in threads), timeout=1)
            ended = [thread.result() for thread in threads if thread.done()]
            return bool(self.writes) or len(ended) < len(threads)

    def _write(self) -> None:
        """Write everything that was received, in one transaction. Raises LeaseLost if another worker has the run."""
        with self.news:
            batches, self.writes = self.writes, []
        resumed = []
        with transaction.atomic():
            writes = list(chain.from_iterable(batches))
            # Both lock the run and check the lease. Only a transaction that writes something counts as progress.
            if all(write is nothing for _lane, write in writes):
                self.run.hold()
            else:
                self.run.advance()
            for lane, write in writes:
                was_waiting = lane.step is None
                write()
                # The write has decided that the list is read again, so there is something to ask.
                if was_waiting and lane.step:
                    resumed.append(lane)
        with self.news:
            for lane in resumed:
                self._offer(lane)
            self.under_way -= len(batches)
            self.news.notify_all()


def _read(asked: Asked, reply: Reply) -> Receive | IntacctError:
    try:
        return asked.read(reply)
    except IntacctError as error:
        return error


def _received(lane: Lane, brought: Receive | IntacctError) -> Write:
    """Receive a reply, or handle an error: after the first one, ask again alone and for half as many records.

    An error of the layer "result" is Intacct's answer about this list. Asking again would not help, so `give_up`
    handles it at once.
    """
    if not isinstance(brought, IntacctError):
        return brought()
    if brought.layer == "result" or lane.alone:
        return lane.give_up(brought)
    lane.alone = True
    return nothing
