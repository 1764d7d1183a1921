"""Talk to a broker (Redis or Valkey) that may be gone, frozen, full or read-only.

No code waits for the broker longer than a second, however often it asks.
"""

from time import monotonic
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.made_once import made_once

ANSWER_WITHIN = 0.8
"""Seconds to wait for an answer. Even a busy broker answers within milliseconds."""
PAUSE = 5.0
"""Seconds without questions to a broker that did not answer. Long enough that a page with several questions waits once,
short enough that a broker that came back is used almost at once."""


class CircuitBreaker(redis.Redis):
    """Talk to Redis. After a time-out or a failed connection, fail at once for `PAUSE` seconds instead of waiting."""

    _silent_until = 0.0

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send a command and return its reply. Raises redis.RedisError; during the pause at once."""
        if monotonic() < self._silent_until:
            raise redis.ConnectionError("The broker did not answer a moment ago")

        try:
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        # Not every RedisError: a broker that is full or read-only answers quickly, and reads still work.
        except (redis.ConnectionError, redis.TimeoutError):
            self._silent_until = monotonic() + PAUSE
            raise


@made_once
def broker() -> CircuitBreaker:
    """Return the client that the whole process shares, so that all its threads notice a silent broker at once."""
    return CircuitBreaker.from_url(  # type: ignore[return-value]  # typed as what it inherits from
        settings.REDIS_URL,
        socket_timeout=ANSWER_WITHIN,
        socket_connect_timeout=ANSWER_WITHIN,
        # redis-py retries three times by default, and would wait for a silent broker that many times longer.
        retry=Retry(NoBackoff(), 0),
    )
