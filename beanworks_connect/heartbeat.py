"""A worker that is alive says so, queue by queue, in a broker key that expires.

The beat comes from the worker's own event loop every two seconds: a worker that hangs falls silent like a dead one.
Asking every worker instead (`inspect ping`) would cost each health check a second.
"""

from functools import cache
from typing import Any

import redis
from celery.signals import heartbeat_sent
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

SILENCE = 10  # seconds without a beat before a queue counts as unserved
BEAT = "beat"
QUEUES = sorted({settings.CELERY_TASK_DEFAULT_QUEUE, *(r["queue"] for r in settings.CELERY_TASK_ROUTES.values())})


@cache
def broker() -> redis.Redis:
    """A client that gives up after a second, and does not try again."""
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
            return  # the worker itself notices a lost broker; silence tells everybody else


def note_beat() -> None:
    """beat itself is alive."""
    try:
        broker().set(_key(BEAT), 1, ex=SILENCE)
    except redis.RedisError:
        return


def is_beat_silent() -> bool:
    """Raises RedisError when the broker does not answer."""
    return not broker().exists(_key(BEAT))


def silent_queues() -> list[str]:
    """The queues that no worker serves. Raises RedisError when the broker does not answer."""
    beats = broker().mget([_key(queue) for queue in QUEUES])
    return [queue for queue, alive in zip(QUEUES, beats, strict=True) if alive is None]


def _key(queue: str) -> str:
    return f"heartbeat:{queue}"
