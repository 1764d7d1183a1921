"""Works on a run for a limited time: two requests are always in progress, while earlier replies are parsed and stored.

It ends after about `WORK_SECONDS`, so that other runs can continue. The rest of the run is done later, by this worker
or another. It ends at once if a user cancels the run or another worker has taken it over.

    next_request ─▶ send ─▶ [look_ahead] ─▶ handle_reply ─▶ writes ─▶ store
    └───────── four threads, no database ─────────────┘    └ the caller's thread, one transaction for all that came
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import chain
from threading import Condition
from typing import Any

from django.db import transaction

from core.request_ids import request_id, set_request_id
from core.work import is_stopping
from intacct.errors import SIGN_IN_REFUSED, IntacctError
from intacct.reply import Reply
from intacct.reply_parser import one_at_a_time
from intacct.session import Session
from intacct.transport import OnBody
from smartsync.engine.ascending import LowerEnd
from smartsync.engine.descending import UpperEnd
from smartsync.engine.formatting import formatting_of
from smartsync.engine.in_flight import MOST_REQUESTS, InFlight, Requested, WaitingEnds
from smartsync.engine.list_end import ListEnd
from smartsync.engine.plan import unfinished_lists
from smartsync.engine.reading import ListReading, resume
from smartsync.engine.step import Step, Writes
from smartsync.models import SyncRun

MOST_PAGES = 4 * MOST_REQUESTS
"""Requests at once that were sent and are not stored yet. The limit exists because their pages are in memory: a page
of 2,000 records with 40 fields is 4 MB as text. While some are stored, the others keep both requests in progress, and
are then stored together."""
MOST_PAGES_OF_ALL = 2 * MOST_PAGES
"""The same limit for all runs of this process together. Each run may have one request in any case."""
WORK_SECONDS = 30.0
"""Seconds after which a worker gives the run back, so that other runs can continue."""

active: "set[Pipeline]" = set()
"""The pipelines that work in this process."""

Results = Mapping[ListEnd, Any]
"""What was read for each list's end, or the IntacctError with which it failed."""


class Sender:
    """Sends requests and parses their replies, in any thread. `failure` is set if none of them got a reply."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.has_reply = False
        self.failed_sign_ins = 0
        self.last_error: IntacctError | None = None

    def send(self, request: InFlight, look_ahead: OnBody) -> Results:
        """Return the result for each list's end. look_ahead: called with the body before it is parsed.

        A request without a reply after all retries has failed for all its ends. Raises SignInRefused and its like,
        since no other request of the run would succeed either, and IntacctError if no sign-in gets an answer.
        """
        try:
            reply = self.session.call(*request.functions, on_body=look_ahead)
        except SIGN_IN_REFUSED:
            raise
        except IntacctError as error:
            # In an outage, every list would sign in by itself: 28 sign-ins of each sync within half a second. The first
            # may fail, since a sign-in is never repeated.
            self.failed_sign_ins += not self.session.is_open
            if self.failed_sign_ins > 1 and not self.has_reply:
                raise
            self.last_error = error
            return dict.fromkeys(request.steps, error)
        self.has_reply = True
        with one_at_a_time:
            return {end: _read_result(step, reply) for end, step in request.steps.items()}

    @property
    def failure(self) -> IntacctError | None:
        """The last error, or None if Intacct answered any request."""
        return None if self.has_reply else self.last_error


class Pipeline:
    """Works on a run for a limited time.

    Threads send requests, parse the replies and update the state of the lists' ends. Only the caller's thread uses the
    database: it writes what the replies brought. `changed` guards all state that the threads share.
    """

    def __init__(self, run: SyncRun, session: Session) -> None:
        self.run = run
        self.sender = Sender(session)
        self.lower_ends = {reading: LowerEnd(reading) for reading in _readings(run)}
        self.waiting = WaitingEnds([*self.lower_ends.values(), *_upper_ends(self.lower_ends)])
        self.requested = Requested()
        self.writes: list[list[tuple[ListEnd, Writes]]] = []
        self.changed = Condition()
        self.is_closed = False
        # `monotonic`, since a corrected clock must not end or prolong the work.
        self.ends_at = time.monotonic() + WORK_SECONDS

    def work(self) -> None:
        """Read and store until the lists are done, the time is over or the run is canceled.

        Raises LeaseLost, and the IntacctError with which the run cannot continue: refused credentials, or no reply to
        any request.
        """
        active.add(self)
        # Twice as many threads as requests: while some wait for a reply, the others parse earlier ones.
        pool = ThreadPoolExecutor(2 * MOST_REQUESTS, initializer=set_request_id, initargs=(request_id(),))
        threads = [pool.submit(self._send_requests) for _ in range(2 * MOST_REQUESTS)]
        for thread in threads:
            # `_wait_for_writes` must wake up when a thread ends, also when it failed.
            thread.add_done_callback(lambda _: self._notify())
        try:
            while not is_stopping.is_set() and not self.run.is_canceled() and self._wait_for_writes(threads):
                if self.writes:
                    self._store()
        finally:
            self.is_closed = True
            active.discard(self)
            self._notify()
            # Without waiting: a thread may wait for a slow reply, which is then discarded.
            pool.shutdown(wait=False)
        if self.sender.failure:
            raise self.sender.failure

    def _notify(self) -> None:
        with self.changed:
            self.changed.notify_all()

    # In the threads that send requests

    def _send_requests(self) -> None:
        while request := self.next_request():
            self.handle_reply(request, self.send(request))

    def next_request(self) -> InFlight | None:
        """Wait until there is something to ask, and return it. None when this worker has nothing more to ask."""
        with self.changed:
            while not self.is_closed and time.monotonic() < self.ends_at:
                # Do not read far ahead of what is stored: the pages are in memory.
                if self.requested.has_room(_most_pages()) and (ends := self.waiting.take()):
                    return self.requested.send(ends)
                # Nothing to ask and nothing in progress that could change this.
                if not self.requested.unstored:
                    break
                self.changed.wait()
        return None

    def send(self, request: InFlight) -> Results:
        """Send the request in this thread. Return what `Sender.send` does."""
        return self.sender.send(request, partial(self.look_ahead, request))

    def look_ahead(self, request: InFlight, body: bytes) -> None:
        """Request the next page of a long list as soon as a page is here, before it is parsed.

        So the next request is in progress while this reply, up to 2,000 records, is parsed (6 to 30 ms).
        """
        end, *others = request.steps
        if others or not request.steps[end].may_look_ahead:
            return
        with self.changed:
            self._wait_for_earlier(request)
            # The position is compared because an earlier reply may have failed or ended the list. A request that the
            # transport repeats comes here again, and gives its slot back only once.
            is_current = not request.is_followed and request.steps[end].position == end.position
            if is_current and end.look_ahead(body):
                self.requested.follow(request, end)
                self.waiting.offer(end)
                self.changed.notify_all()

    def handle_reply(self, request: InFlight, results: Results) -> None:
        """Update the lists' ends with what was read, and leave the writes to the caller's thread."""
        with self.changed:
            self._wait_for_earlier(request)
            self.requested.finish(request)
            # A reply that comes after the work was closed is discarded: no thread would write it.
            if not self.is_closed:
                self.writes.append([(end, self._accept(request, end, result)) for end, result in results.items()])
            self.changed.notify_all()

    def _wait_for_earlier(self, request: InFlight) -> None:
        """Wait until the earlier replies for the same list's end were accepted: their order is that of the requests.

        A request that failed with an unexpected error never gets there. Then the work is closed, which ends the wait.
        """
        self.changed.wait_for(lambda: self.is_closed or self.requested.is_in_order(request))

    def _accept(self, request: InFlight, end: ListEnd, result: Any) -> Writes:
        step, upper = request.steps[end], end.state.upper
        # If the position differs, the page before this one failed or was the last one, so this reply is discarded.
        writes = _accept_result(end, step, result) if step.position == end.position else []
        # A request that was followed early has offered its end already, in `look_ahead`.
        if not request.is_followed:
            self.waiting.offer(end)
        # The reply has shown that the list is long, and an upper end was started for it.
        if end.state.upper and not upper:
            self.waiting.offer(UpperEnd(end.reading, end.state.upper))
        return writes

    # In the caller's thread

    def _wait_for_writes(self, threads: Sequence[Future[None]]) -> bool:
        """Wait for something to write, for at most a second. False if there is nothing and the threads have ended.

        Raises the error with which a thread failed.
        """
        with self.changed:
            # One second is the longest time that a user who cancels the run should wait.
            self.changed.wait_for(lambda: self.writes or all(thread.done() for thread in threads), timeout=1)
            ended = [thread.result() for thread in threads if thread.done()]
            return bool(self.writes) or len(ended) < len(threads)

    def _store(self) -> None:
        """Write everything that was accepted, in one transaction. Raises LeaseLost if another worker has the run.

        One transaction for all, since each commit waits for the disk.
        """
        with self.changed:
            replies, self.writes = self.writes, []
        restarted = _write(self.run, list(chain.from_iterable(replies)))
        # Only after the commit: until then the pages are in memory, and a restarted list has its old checkpoints.
        with self.changed:
            for reading in restarted:
                self.waiting.offer(self.lower_ends[reading])
            self.requested.unstored -= len(replies)
            self.changed.notify_all()


def _readings(run: SyncRun) -> list[ListReading]:
    formatting = formatting_of(run.profile.connection)
    return [resume(list_run, formatting) for list_run in unfinished_lists(run)]


def _upper_ends(readings: Iterable[ListReading]) -> list[ListEnd]:
    return [UpperEnd(reading, reading.state.upper) for reading in readings if reading.state.upper]


@transaction.atomic
def _write(run: SyncRun, writes: list[tuple[ListEnd, Writes]]) -> list[ListReading]:
    """Write what the replies brought. Returns the lists that are read again from their start."""
    # Both lock the run and check the lease. Only a transaction that writes something counts as progress.
    if any(end_writes for _end, end_writes in writes):
        run.advance()
    else:
        run.hold()
    restarted = []
    unchanged = run.unchanged_lists
    for end, end_writes in writes:
        # The list's task, not what this end asks next: the last page of a list may come from its upper end, which asks
        # nothing after it.
        was_waiting = end.state.task is None
        for write in end_writes:
            write()
        # The write has compared the counts, or left out a refused field, so there is something to ask again.
        if was_waiting and end.state.task:
            restarted.append(end.reading)
    for reading in {end.reading for end, _end_writes in writes}:
        reading.recorder.flush()
    if run.unchanged_lists != unchanged:
        # Once for all lists of the transaction.
        run.save(update_fields=["unchanged_lists"])
    return restarted


def _most_pages() -> int:
    return max(1, min(MOST_PAGES, MOST_PAGES_OF_ALL // max(1, len(active))))


def _read_result(step: Step[Any], reply: Reply) -> Any:
    try:
        return step.read(reply)
    except IntacctError as error:
        return error


def _accept_result(end: ListEnd, step: Step[Any], result: Any) -> Writes:
    """Accept a reply, or handle an error: after the first one, ask again alone and for half as many records.

    An error of the layer "result" is Intacct's answer about this list. Asking again would not help, so `give_up`
    handles it at once.
    """
    if not isinstance(result, IntacctError):
        return step.accept(result)
    if result.layer == "result" or end.end_state.is_alone:
        return end.give_up(result)
    end.end_state.is_alone = True
    return []
