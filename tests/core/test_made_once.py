"""Objects that all threads of a process share."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

from core.made_once import made_once


def test_threads_that_ask_at_once_get_the_same_object() -> None:
    both = Barrier(2)

    @made_once
    def make() -> object:
        # With functools.cache, both threads meet here.
        with suppress(BrokenBarrierError):
            both.wait(0.2)
        return object()

    with ThreadPoolExecutor(2) as threads:
        first, second = [threads.submit(make) for _ in range(2)]

    assert first.result() is second.result()
