"""What monitors ask: `/livez`, `/readyz` and `/healthz`. Each part is asked in its own thread, for a second at most.

/livez   this process answers. If it does not, start it again.
/readyz  this process can serve pages: its database has its tables, and it has the encryption keys. If not, send users
         to another one. A silent worker or broker takes no web process out: pages work without them.
/healthz everything, with figures: for people and monitors.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from functools import cache
from importlib.util import find_spec
from pkgutil import iter_modules
from threading import Lock
from time import monotonic
from typing import Any

import psycopg
from django.apps import AppConfig, apps
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from psycopg.errors import UndefinedTable
from redis import OutOfMemoryError, ReadOnlyError, RedisError
from redis import TimeoutError as RedisTimeout

from core import key_canary
from core.queue_states import queue_states

from .heartbeat import SILENCE, broker, heartbeat_ages, is_beat_silent, silent_queues

OK = "ok"
REFUSALS: dict[type[Exception], str] = {
    OutOfMemoryError: "it is full",
    ReadOnlyError: "it is a read-only replica",
}
READ_ONLY = re.compile("session is read-only|server is in hot standby")
"""The words of PostgreSQL's client library, which notices this while it connects."""
LIMIT = 1.0  # seconds
FROM_POOL = 0.1  # seconds that a question waits for a connection of the pool
HANGS = 5.0  # seconds after which a question gets no answer: then the other thread of the part asks again
Questions = Mapping[str, Callable[[], Any]]
log = logging.getLogger(__name__)


@require_safe
@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    """Return 200."""
    return HttpResponse(OK, content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Return 200 {"database": "ok", "migrations": "ok", "keys": "ok"}, or 503 with what is wrong, in words."""
    return _reply(ask_parts(READY))


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Return like /readyz the answer of every part, and figures: see docs/operations.md."""
    answers = ask_parts(READY | PARTS | FIGURES)
    figures = {name: answers.pop(name) for name in FIGURES}
    return _reply(answers, figures)


def _reply(answers: Mapping[str, str], figures: Mapping[str, Any] | None = None) -> JsonResponse:
    return JsonResponse({**answers, **(figures or {})}, status=200 if set(answers.values()) == {OK} else 503)


def ask_parts(questions: Questions | None = None) -> dict[str, Any]:
    """Ask each part and return its answer within a second: OK, or what is wrong."""
    deadline = monotonic() + LIMIT
    asked = {part: ask_part(part, ask) for part, ask in (questions or PARTS).items()}
    return {part: _answer(part, future, deadline) for part, future in asked.items()}


def ask_part(part: str, ask: Callable[[], Any]) -> Future[Any]:
    """Ask the part, unless it is being asked: then the answer is for both. Many probes at once do not wait in turn."""
    with LOCK:
        began, question = ASKED.get(part, (0.0, None))
        if question is None or question.done() or monotonic() - began > HANGS:
            ASKED[part] = (monotonic(), THREADS[part].submit(ask))
        return ASKED[part][1]


def _answer(part: str, future: Future[Any], deadline: float) -> Any:
    try:
        return future.result(max(0, deadline - monotonic()))
    except (TimeoutError, RedisTimeout):
        return f"did not answer within {LIMIT:g} s"
    except tuple(REFUSALS) as refusal:
        return f"takes no writes: {REFUSALS[type(refusal)]}"
    except UndefinedTable:
        return "its table does not exist"
    except (psycopg.Error, Error, RedisError) as reason:
        if READ_ONLY.search(str(reason)):
            return "takes no writes: it is read-only"
        log.warning("The %s does not answer: %s", part, reason)
        return "does not answer"
    except Exception:
        # A monitor learns more from the answers of the other parts than from an error page.
        log.exception("The %s could not be asked", part)
        return "could not be asked"


def _query(statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Ask the database as pages do, or over a separate connection if the pool has none that works at once.

    Pages that wait for a lock may use up the pool. And a database without room for new connections still serves them.
    """
    try:
        with connection.pool.connection(timeout=FROM_POOL) as shared:  # type: ignore[attr-defined]
            return _rows(shared, statement, values)
    except psycopg.OperationalError:
        with psycopg.connect(**connection.get_connection_params()) as own:
            return _rows(own, statement, values)


def _rows(asked: psycopg.Connection, statement: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    cursor = asked.execute(statement, values)
    return cursor.fetchall() if cursor.description else []


def _database() -> str:
    _query("SELECT 1")
    return OK


def _migrations() -> str:
    applied = set(_query("SELECT app, name FROM django_migrations"))
    missing = sorted(f"{app}.{name}" for app, name in _known_migrations() - applied)
    return f"not applied: {', '.join(missing)}" if missing else OK


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    """Return the app and the name of every migration, by the names of their files.

    Django's own loader imports them, which takes longer than a probe may, and fails if two threads do it at once.
    """
    return frozenset((app.label, name) for app in apps.get_app_configs() for name in _names_of_migrations(app))


def _names_of_migrations(app: AppConfig) -> list[str]:
    package = find_spec(f"{app.name}.migrations")
    return [module.name for module in iter_modules(package.submodule_search_locations)] if package else []


def _keys() -> str:
    rows = _query(key_canary.SELECT)
    if not rows:
        _query(key_canary.INSERT, key_canary.new_envelope())
        rows = _query(key_canary.SELECT)
    return OK if key_canary.can_open(bytes(rows[0][0])) else "ENCRYPTION_KEYS lacks the key that encrypted last"


def _broker() -> str:
    """Check that the broker takes writes. A full broker or a replica answers every question, but accepts no message."""
    broker().set("healthz", 1, ex=60)
    return OK


def _worker() -> str:
    silent = silent_queues()
    return f"none has been heard for {SILENCE} s on: {', '.join(silent)}" if silent else OK


def _beat() -> str:
    return f"has not been heard for {SILENCE} s" if is_beat_silent() else OK


def _queues() -> dict[str, dict[str, float | None]]:
    try:
        states = [asdict(state) for state in queue_states()]
    finally:
        connection.close()  # back to the pool: this thread may not be asked for long
    return {state.pop("name"): state for state in states}


PARTS: dict[str, Callable[[], Any]] = {"database": _database, "broker": _broker, "worker": _worker, "beat": _beat}
READY: dict[str, Callable[[], Any]] = {"database": _database, "migrations": _migrations, "keys": _keys}
FIGURES: dict[str, Callable[[], Any]] = {"heard": heartbeat_ages, "queues": _queues}
# Each part has its own threads: a part that does not answer must not block the checks of the others.
THREADS = {
    part: ThreadPoolExecutor(max_workers=2, thread_name_prefix=f"health-{part}")
    for part in {**PARTS, **READY, **FIGURES}
}
ASKED: dict[str, tuple[float, Future[Any]]] = {}
"""The last question to each part, and when it was asked."""
LOCK = Lock()
PROBES = {"/livez": livez, "/readyz": readyz, "/healthz": healthz}
