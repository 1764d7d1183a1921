"""The log of requests of each company, for tests that count requests and for the screen."""

from collections import defaultdict, deque
from datetime import UTC, datetime
from typing import Any

KEPT = 5_000
_served: dict[str, deque[dict[str, Any]]] = defaultdict(lambda: deque(maxlen=KEPT))
_counts: dict[str, int] = defaultdict(int)


def add_entry(company: str, **facts: Any) -> None:
    _served[company].append({"at": datetime.now(UTC).isoformat(), **facts})
    _counts[company] += 1


def of(company: str) -> dict[str, Any]:
    return {"count": _counts[company], "requests": [*_served[company]]}


def clear(company: str) -> None:
    _served.pop(company, None)
    _counts.pop(company, None)
