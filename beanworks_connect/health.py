"""`/healthz`: whether the database, the broker, beat and a worker for every queue answer, within a second."""

import logging
import re
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic

import psycopg
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import OutOfMemoryError, ReadOnlyError, RedisError
from redis import TimeoutError as RedisTimeout

from .heartbeat import SILENCE, broker, is_beat_silent, silent_queues

OK = "ok"
REFUSALS: dict[type[Exception], str] = {
    OutOfMemoryError: "it is full",
    ReadOnlyError: "it is a read-only replica",
}
READ_ONLY = re.compile("session is read-only|server is in hot standby")
"""The words of PostgreSQL's client library, which notices this while it connects."""
LIMIT = 1.0  # seconds
log = logging.getLogger(__name__)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Return 200 {"database": "ok", "broker": "ok", "worker": "ok"}, or 503 with the parts that do not answer, in
    words.
    """
    answers = ask_parts()
    return JsonResponse(answers, status=200 if set(answers.values()) == {OK} else 503)


def ask_parts() -> dict[str, str]:
    """Ask each part and return its answer within a second: OK, or what is wrong."""
    deadline = monotonic() + LIMIT
    futures = {part: THREADS[part].submit(ask) for part, ask in PARTS.items()}
    return {part: _answer(part, future, deadline) for part, future in futures.items()}


def _answer(part: str, future: Future[str], deadline: float) -> str:
    try:
        return future.result(max(0, deadline - monotonic()))
    except (TimeoutError, RedisTimeout):
        return f"did not answer within {LIMIT:g} s"
    except tuple(REFUSALS) as refusal:
        return f"takes no writes: {REFUSALS[type(refusal)]}"
    except (psycopg.Error, RedisError) as reason:
        if READ_ONLY.search(str(reason)):
            return "takes no writes: it is read-only"
        log.warning("The %s does not answer: %s", part, reason)
        return "does not answer"


def _database() -> str:
    """Check the database over a separate connection: pages that wait for a lock may use up the pool."""
    with psycopg.connect(**connection.get_connection_params()) as own:
        own.execute("SELECT 1")
    return OK


def _broker() -> str:
    """Check that the broker takes writes. A full broker or a replica answers every question, but accepts no message."""
    broker().set("healthz", 1, ex=60)
    return OK


def _worker() -> str:
    silent = silent_queues()
    return f"none has been heard for {SILENCE} s on: {', '.join(silent)}" if silent else OK


def _beat() -> str:
    return f"has not been heard for {SILENCE} s" if is_beat_silent() else OK


PARTS = {"database": _database, "broker": _broker, "worker": _worker, "beat": _beat}
# Each part has its own threads: a part that does not answer must not block the checks of the others.
THREADS = {part: ThreadPoolExecutor(max_workers=2, thread_name_prefix=f"health-{part}") for part in PARTS}
