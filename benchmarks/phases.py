"""Measures where the time of our sync goes: requests in progress, and seconds and CPU of each phase of a page."""

import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from statistics import median
from threading import Lock
from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper

from intacct import transport
from intacct.limiter import Limiter
from intacct.transport import Transport
from smartsync.engine import merge, pipeline
from smartsync.engine.pipeline import Pipeline

# In the order in which a page goes through them. Those that begin with a dash are a part of the one above.
PHASES: dict[str, tuple[Any, str]] = {
    "wait for a free request": (Pipeline, "next_request"),
    "ask the limiter": (Limiter, "_run"),
    "send and receive": (Transport, "send"),
    "- read the body": (transport, "_body"),
    "request the next page": (Pipeline, "look_ahead"),
    "parse": (transport, "parse"),
    "convert to rows": (pipeline, "_read_result"),
    "wait for writes": (Pipeline, "_wait_for_writes"),
    "store": (Pipeline, "_store"),
    "- copy and merge a page": (merge, "merge"),
    "- commit": (DatabaseWrapper, "_commit"),
}


class Phases:
    """Times of all calls by phase, and for how long how many requests were in progress."""

    def __init__(self) -> None:
        self.calls: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self.in_progress: dict[int, float] = defaultdict(float)
        self.requests, self.since, self.guard = 0, time.perf_counter(), Lock()
        for phase, (owner, name) in PHASES.items():
            setattr(owner, name, self._timed(phase, getattr(owner, name)))
        Transport.send = self._counted(Transport.send)  # type: ignore[method-assign]

    def result(self) -> dict[str, Any]:
        """Seconds by number of requests; for each phase its calls, its median in ms, and all its CPU in seconds."""
        # The time since the last reply, in which its page is parsed and stored.
        self._change(0)
        phases = {
            phase: (len(calls), 1000 * median(wall for wall, _ in calls), sum(cpu for _, cpu in calls))
            for phase in PHASES
            if (calls := self.calls[phase])
        }
        return {"in_progress": [self.in_progress[number] for number in range(3)], "phases": phases}

    def _timed(self, phase: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def timed(*arguments: Any, **named: Any) -> Any:
            start, cpu = time.perf_counter(), time.thread_time()
            try:
                return call(*arguments, **named)
            finally:
                self.calls[phase].append((time.perf_counter() - start, time.thread_time() - cpu))

        return timed

    def _counted(self, send: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(send)
        def counted(*arguments: Any, **named: Any) -> Any:
            self._change(1)
            try:
                return send(*arguments, **named)
            finally:
                self._change(-1)

        return counted

    def _change(self, by: int) -> None:
        with self.guard:
            now = time.perf_counter()
            self.in_progress[self.requests] += now - self.since
            self.since = now
            self.requests += by
