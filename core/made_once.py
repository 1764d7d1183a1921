"""Objects that all threads of a process share."""

from collections.abc import Callable
from functools import cache, update_wrapper
from threading import Lock
from typing import Generic, TypeVar

Made = TypeVar("Made")


class made_once(Generic[Made]):  # noqa: N801  # used as a decorator
    """Decorate a function without arguments, so that it makes its object once, even if threads call it at once.

    `functools.cache` lets each of these threads make one and keeps the last. Then a thread talks through a client that
    no one else refers to, and redis-py closes the connections of a client when it is collected, also those in use.
    """

    def __init__(self, make: Callable[[], Made]) -> None:
        self._made = cache(make)
        self._lock = Lock()
        update_wrapper(self, make)

    def __call__(self) -> Made:
        with self._lock:
            return self._made()

    def cache_clear(self) -> None:
        """Forget the object, as functools.cache does: for tests."""
        self._made.cache_clear()
