"""One worker's turn at a run: two requests on their way at any time, what they bring is written meanwhile.

A turn ends after about `TURN`, so that other runs get theirs; whatever is not done goes on in a later turn, by this
worker or another. It ends at once when the person cancelled or another worker took the run over.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Condition

from django.db import transaction

from intacct.errors import SIGN_IN_REFUSED, IntacctError
from intacct.functions import LARGEST_PAGE
from intacct.reply import Reply
from intacct.request import Function
from intacct.session import Session
from smartsync.descent import Descent
from smartsync.formatting import formatting_of
from smartsync.models import SyncRun
from smartsync.reading import Reader, Write

LANES = 2
"""Requests on their way at once. Intacct gives a company two places; `intacct.limiter` keeps all workers to them."""
TURN = 30.0
"""Seconds."""
MOST_LISTS = 50
"""Lists in one request: each is up to two functions, and about a hundred functions are safe."""

Lane = Reader | Descent
Flight = tuple[Lane, ...]


class Turn:
    """Lanes ask, and take the answers as soon as they come; what these bring is written meanwhile by the caller.

    Only the caller speaks to the database. Whatever else the threads share is touched while `news` is held.
    """

    def __init__(self, run: SyncRun, session: Session) -> None:
        self.run = run
        self.session = session
        # One more than the lanes: it makes rows of records.
        self.pool = ThreadPoolExecutor(LANES + 1)
        formatting = formatting_of(run.profile.connection)
        readers = [Reader(each, formatting, self.pool) for each in run.lists.unfinished()]
        self.waiting: list[Lane] = [*readers, *(each.descent for each in readers if each.descent)]
        self.writes: list[tuple[Lane, Write]] = []
        self.flying = self.answers = 0
        self.is_writing = self.is_closed = False
        self.news = Condition()
        self.ends_at = time.monotonic() + TURN
        self.trouble: IntacctError | None = None

    def take(self) -> None:
        """Read and write until the lists are done, time is up or the run is cancelled. Raises LeaseLost.

        Raises the IntacctError that this run cannot come past: refused credentials, or silence on every request.
        """
        lanes = [self.pool.submit(self._fly) for _ in range(LANES)]
        for lane in lanes:
            lane.add_done_callback(lambda _: self._tell())
        try:
            while not self.run.is_cancelled() and self._await(lanes):
                if self.writes:
                    self._write()
        finally:
            self.is_closed = True
            self._tell()
            self.pool.shutdown(wait=False, cancel_futures=True)
        if self.trouble and not self.answers:
            raise self.trouble

    def _tell(self) -> None:
        with self.news:
            self.news.notify_all()

    # In the lanes

    def _fly(self) -> None:
        while flight := self._take_off():
            lists, functions = flight
            try:
                reply: Reply | IntacctError = self.session.call(*functions)
            except IntacctError as error:
                reply = error
            with self.news:
                self.flying -= 1
                # What comes after a cancelled turn is nobody's.
                if not self.is_closed:
                    self._land(lists, reply)
                self.news.notify_all()

    def _take_off(self) -> tuple[Flight, list[Function]] | None:
        """What to ask next, as soon as there is something to ask; None when nothing will come of this turn any more."""
        with self.news:
            while not self.is_closed and time.monotonic() < self.ends_at:
                # Not ahead of what is still to be written: it is all in memory.
                if not self.writes and (flight := self._next()):
                    self.flying += 1
                    return flight, [function for reader in flight for function in reader.functions()]
                if not (self.flying or self.writes or self.is_writing):
                    break
                self.news.wait()
        return None

    def _next(self) -> Flight:
        """The longest list first, and with it whatever else fits into an answer of one page."""
        self.waiting = [each for each in self.waiting if each.step]
        self.waiting.sort(key=lambda reader: reader.weight, reverse=True)
        flight = tuple(self._fitting())
        self.waiting = [reader for reader in self.waiting if reader not in flight]
        return flight

    def _fitting(self) -> Iterator[Lane]:
        taken, room = 0, LARGEST_PAGE
        for reader in self.waiting:
            if not reader.ready or (taken and (reader.alone or reader.weight > room or taken == MOST_LISTS)):
                continue
            yield reader
            taken, room = taken + 1, room - reader.weight
            if reader.alone:
                return

    def _land(self, flight: Flight, reply: Reply | IntacctError) -> None:
        if isinstance(reply, IntacctError):
            self._missed(flight, reply)
            return
        self.answers += 1
        for reader in flight:
            try:
                self._received(reader, reply)
            except IntacctError as error:
                self._refused(reader, error)

    def _received(self, reader: Lane, reply: Reply) -> None:
        is_single = isinstance(reader, Reader) and not reader.descent
        self._keep(reader, reader.receive(reply))
        if is_single and isinstance(reader, Reader) and reader.descent:
            self.waiting.append(reader.descent)

    def _missed(self, flight: Flight, error: IntacctError) -> None:
        """A request without an answer, after all its retries. Its lists get one more each: alone, for half as much."""
        if isinstance(error, SIGN_IN_REFUSED):
            raise error
        self.trouble = error
        for reader in flight:
            self._refused(reader, error)

    def _refused(self, reader: Lane, error: IntacctError) -> None:
        if error.layer != "result" and not reader.alone:
            reader.alone = True
            self.waiting.append(reader)
        else:
            self._keep(reader, reader.give_up(error))

    def _keep(self, reader: Lane, write: Write) -> None:
        self.writes.append((reader, write))
        if reader.step:
            self.waiting.append(reader)

    # In the caller's thread

    def _await(self, lanes: Sequence[Future[None]]) -> bool:
        """Until something is to be written, or a second; False once nothing is and the lanes ended.

        Raises what a lane failed with.
        """
        with self.news:
            # No longer than a person who cancelled should wait.
            self.news.wait_for(lambda: self.writes or all(lane.done() for lane in lanes), timeout=1)
            ended = [lane.result() for lane in lanes if lane.done()]
            return bool(self.writes) or len(ended) < LANES

    def _write(self) -> None:
        """All that has come, in one transaction that this worker must still hold the run for."""
        with self.news:
            writes, self.writes, self.is_writing = self.writes, [], True
            self.news.notify_all()
        again = []
        with transaction.atomic():
            self.run.hold()
            for reader, write in writes:
                waited_for = reader.step is None
                write()
                if waited_for and reader.step:
                    again.append(reader)
        with self.news:
            self.waiting += again
            self.is_writing = False
            self.news.notify_all()
