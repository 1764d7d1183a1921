"""The heartbeat of workers: a broker key for each queue they serve, which expires.

It is sent from the worker's own event loop every two seconds, so that a worker that hangs stops sending, like a dead
one. Asking every worker instead (`inspect ping`) would cost each health check a second.
"""

from functools import cache
from typing import Any

import redis
from celery.signals import heartbeat_sent
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.queue_states import QUEUES

SILENCE = 10  # seconds without a beat before a queue counts as unserved
BEAT = "beat"


@cache
def broker() -> redis.Redis:
    """Return a client that gives up after a second and does not retry."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
    )


@heartbeat_sent.connect
def beat(sender: Any, **_: Any) -> None:
    served = sender.eventer.app.amqp.queues.consume_from
    with broker().pipeline(transaction=False) as pipe:
        for queue in served:
            pipe.set(_key(queue), 1, ex=SILENCE)
        try:
            pipe.execute()
        except redis.RedisError:
            # The worker itself notices a lost broker. Others notice that the key has expired.
            return


def note_beat() -> None:
    """Record that beat itself is alive."""
    try:
        broker().set(_key(BEAT), 1, ex=SILENCE)
    except redis.RedisError:
        return


def is_beat_silent() -> bool:
    """Whether beat has stopped reporting. Raises RedisError when the broker does not answer."""
    return not broker().exists(_key(BEAT))


def silent_queues() -> list[str]:
    """Return the queues that no worker serves. Raises RedisError when the broker does not answer."""
    beats = broker().mget([_key(queue) for queue in QUEUES])
    return [queue for queue, alive in zip(QUEUES, beats, strict=True) if alive is None]


def _key(queue: str) -> str:
    return f"heartbeat:{queue}"
