"""The limit of concurrent requests of a company."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from practice.company import Company
from practice.gateway import refusals

_busy: Counter[str] = Counter()
_peak: Counter[str] = Counter()
_slot_freed = Condition()


def counts(company: str) -> dict[str, int]:
    """Return how many requests run now, and the largest number at once since the last `forget`."""
    return {"working": _busy[company], "peak": _peak[company]}


def forget(company: str) -> None:
    _peak.pop(company, None)


@contextmanager
def request_slot(company: Company) -> Iterator[None]:
    """Hold one request slot of the company. Wait up to its `concurrency_wait` seconds, then refuse with 429."""
    behavior = company.behavior
    with _slot_freed:
        if not _slot_freed.wait_for(
            lambda: _busy[company.id] < behavior.concurrent_requests, behavior.concurrency_wait
        ):
            raise refusals.too_many(behavior.retry_after)
        _busy[company.id] += 1
        _peak[company.id] = max(_peak[company.id], _busy[company.id])
    try:
        yield
    finally:
        with _slot_freed:
            _busy[company.id] -= 1
            _slot_freed.notify_all()
