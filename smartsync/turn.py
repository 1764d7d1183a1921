"""One worker's turn at a run: two requests on their way at any time, what they bring is written meanwhile.

A turn ends after about `TURN`, so that other runs get theirs; whatever is not done goes on in a later turn, by this
worker or another. It ends at once when the person cancelled or another worker took the run over.
"""

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from django.db import transaction

from intacct.errors import SIGN_IN_REFUSED, IntacctError
from intacct.functions import LARGEST_PAGE
from intacct.reply import Reply
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
    def __init__(self, run: SyncRun, session: Session) -> None:
        self.run = run
        self.session = session
        formatting = formatting_of(run.profile.connection)
        readers = [Reader(each, formatting) for each in run.lists.unfinished()]
        self.waiting: list[Lane] = [*readers, *(each.descent for each in readers if each.descent)]
        self.flying: dict[Future[Reply], Flight] = {}
        self.writes: deque[tuple[Lane, Write]] = deque()
        self.ends_at = time.monotonic() + TURN
        self.answers = 0
        self.trouble: IntacctError | None = None

    def take(self) -> None:
        """Read and write until the lists are done, time is up or the run is cancelled. Raises LeaseLost.

        Raises the IntacctError that this run cannot come past: refused credentials, or silence on every request.
        """
        lanes = ThreadPoolExecutor(LANES)
        try:
            while not self.run.is_cancelled():
                self._send(lanes)
                if self.writes:
                    self._write()
                elif self.flying:
                    self._wait()
                else:
                    break
        finally:
            lanes.shutdown(wait=False, cancel_futures=True)
        if self.trouble and not self.answers:
            raise self.trouble

    def _send(self, lanes: ThreadPoolExecutor) -> None:
        while len(self.flying) < LANES and time.monotonic() < self.ends_at and (flight := self._next()):
            functions = [function for reader in flight for function in reader.functions()]
            self.flying[lanes.submit(self.session.call, *functions)] = flight

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

    def _wait(self) -> None:
        # No longer than a person who cancelled should wait.
        done, _ = wait(self.flying, timeout=1, return_when=FIRST_COMPLETED)
        for landed in done:
            self._land(landed, self.flying.pop(landed))

    def _land(self, landed: Future[Reply], flight: Flight) -> None:
        try:
            reply = landed.result()
        except IntacctError as error:
            self._missed(flight, error)
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

    @transaction.atomic
    def _write(self) -> None:
        """All that has come, in one transaction that this worker must still hold the run for."""
        self.run.hold()
        while self.writes:
            reader, write = self.writes.popleft()
            waited_for = reader.step is None
            write()
            if waited_for and reader.step:
                self.waiting.append(reader)
