"""How many requests of a company may be at work at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from sandbox.company import Company
from sandbox.gateway import refusals

_busy: Counter[str] = Counter()
_peak: Counter[str] = Counter()
_freed = Condition()


def told(company: str) -> dict[str, int]:
    """How many requests are at work, and the most there have been at once since it was last forgotten."""
    return {"working": _busy[company], "peak": _peak[company]}


def forget(company: str) -> None:
    _peak.pop(company, None)


@contextmanager
def lane(company: Company) -> Iterator[None]:
    """Waits as long as the company says for one to come free; then it is too many."""
    behaviour = company.behaviour
    with _freed:
        if not _freed.wait_for(lambda: _busy[company.id] < behaviour.concurrent_requests, behaviour.concurrency_wait):
            raise refusals.too_many(behaviour.retry_after)
        _busy[company.id] += 1
        _peak[company.id] = max(_peak[company.id], _busy[company.id])
    try:
        yield
    finally:
        with _freed:
            _busy[company.id] -= 1
            _freed.notify_all()
