"""The heartbeat of workers and beat: a broker key for each queue they serve, and a file for the probe of the container.

It is sent from the worker's own event loop every two seconds, so that a worker that hangs stops sending, like a dead
one. Asking every worker instead (`inspect ping`) would cost each health check a second.
"""

import logging
import os
from functools import cache
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

import redis
from celery.signals import heartbeat_sent, worker_init
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.made_once import made_once
from core.queue_states import QUEUES

SILENCE = 10  # seconds without a beat before a queue counts as unserved
REMEMBERED = 86_400_000  # milliseconds for which the broker remembers the last beat
BEAT = "beat"
FILE = os.environ.get("HEARTBEAT_FILE")
"""The file that worker and beat touch. `deploy/probe` fails when it gets too old."""
EVERY = 5.0  # seconds between two looks at the broker
log = logging.getLogger(__name__)


@made_once
def broker() -> redis.Redis:
    """Return a client that gives up after a second and does not retry."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
    )


@heartbeat_sent.connect
def beat(sender: Any, **_: Any) -> None:
    _touch_file()
    report(*sender.eventer.app.amqp.queues.consume_from)


def note_beat() -> None:
    """Record that beat itself is alive."""
    _touch_file()
    report(BEAT)


def report(*names: str) -> None:
    """Record that someone serves these queues, or is beat."""
    with broker().pipeline(transaction=False) as pipe:
        for name in names:
            pipe.set(_key(name), 1, px=REMEMBERED)
        try:
            pipe.execute()
        except redis.RedisError:
            # The worker itself notices a lost broker. Others notice that the key gets older.
            return


@worker_init.connect
def stay_alive_without_broker(**_: Any) -> None:
    """Touch the file while the broker does not answer.

    The event loop waits for the broker then and sends no beat. To start the worker again would not help, and would end
    the work that goes on without the broker.
    """
    if FILE:
        Thread(target=_touch_without_broker, daemon=True, name="heartbeat-file").start()


def _touch_without_broker() -> None:
    while True:
        try:
            broker().ping()
        except redis.RedisError:
            _touch_file()
        sleep(EVERY)


def _touch_file() -> None:
    if FILE:
        try:
            Path(FILE).touch()
        except OSError as reason:
            _report_unwritable(str(reason))


@cache
def _report_unwritable(reason: str) -> None:
    """Log it once. Without an error: the process works, and its queue must not count as unserved."""
    log.error("HEARTBEAT_FILE cannot be written, so the probe of this container will fail: %s", reason)


def heartbeat_ages() -> dict[str, float | None]:
    """Return the seconds since the last beat of each queue and of beat; None if there was none for a day.

    By the clock of the broker alone. Raises RedisError when the broker does not answer.
    """
    names = [*QUEUES, BEAT]
    with broker().pipeline(transaction=False) as pipe:
        for name in names:
            pipe.pttl(_key(name))
        left = pipe.execute()
    return {
        name: (REMEMBERED - milliseconds) / 1000 if milliseconds >= 0 else None
        for name, milliseconds in zip(names, left, strict=True)
    }


def is_silent(age: float | None) -> bool:
    """Whether a beat of this age is too old."""
    return age is None or age > SILENCE


def is_beat_silent() -> bool:
    """Whether beat has stopped reporting. Raises RedisError when the broker does not answer."""
    return is_silent(heartbeat_ages()[BEAT])


def silent_queues() -> list[str]:
    """Return the queues that no worker serves. Raises RedisError when the broker does not answer."""
    ages = heartbeat_ages()
    return [queue for queue in QUEUES if is_silent(ages[queue])]


def _key(name: str) -> str:
    return f"heartbeat:{name}"
