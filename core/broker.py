"""The broker may be gone, frozen, full or read-only: nothing waits for it longer than a second, however often it asks.

A message is only a hint, since the row in the database says what is to do and the sweepers send again. So a message
that cannot be sent now is dropped.
"""

import logging
from functools import cache
from time import monotonic
from typing import Any

import redis
from celery import current_app
from django.conf import settings
from kombu.exceptions import KombuError
from redis.backoff import NoBackoff
from redis.retry import Retry

ANSWER_WITHIN = 0.8
"""Seconds for one answer. A busy broker answers within milliseconds."""
PAUSE = 5.0
"""Seconds without asking a broker that did not answer."""
log = logging.getLogger(__name__)


class CircuitBreaker(redis.Redis):
    """A client that, once the broker did not answer, fails at once for a while instead of waiting again."""

    _silent_until = 0.0

    def execute_command(self, *args: Any, **options: Any) -> Any:
        if monotonic() < self._silent_until:
            raise redis.ConnectionError("The broker did not answer a moment ago")

        try:
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except (redis.ConnectionError, redis.TimeoutError):
            self._silent_until = monotonic() + PAUSE
            raise


@cache
def broker() -> CircuitBreaker:
    """The client that this process shares."""
    return CircuitBreaker.from_url(  # type: ignore[return-value]  # typed as what it inherits from
        settings.REDIS_URL,
        socket_timeout=ANSWER_WITHIN,
        socket_connect_timeout=ANSWER_WITHIN,
        retry=Retry(NoBackoff(), 0),
    )


def publish(task: str, *pks: int) -> None:
    """Send one message for each of `pks` to the workers. Never fails, and never holds up a request.

    Celery has time-outs, connections and retries of its own: it is asked only while the broker answers.
    """
    try:
        for pk in pks:
            broker().ping()
            current_app.send_task(task, [pk])
    except (redis.RedisError, KombuError) as error:
        log.warning("%s(%s) is left to the sweeper: the broker did not take it: %s", task, pk, error)
