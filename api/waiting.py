"""Lets a request wait for something new without a connection to the database."""

from collections.abc import Callable
from threading import BoundedSemaphore
from time import monotonic, sleep

from django.db import connection

# A waiting request occupies one of the 64 threads of its process. The others answer pages.
LONGEST = 30
WAITERS = BoundedSemaphore(16)
PAUSE = 0.5
"""Seconds between two questions."""


def wait_until(is_due: Callable[[], bool], seconds: float) -> None:
    """Return once `is_due`, and after `seconds` at the latest. If too many requests are waiting, return at once."""
    if not WAITERS.acquire(blocking=False):
        return
    try:
        end = monotonic() + seconds
        while monotonic() < end and not is_due():
            release_connection()
            sleep(PAUSE)
    finally:
        WAITERS.release()


def release_connection() -> None:
    """Give the connection back to the pool until the next query."""
    if not connection.in_atomic_block:
        connection.close()
