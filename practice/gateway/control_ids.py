"""Control IDs of functions that succeeded in requests with unique control IDs.

It is documented that the second use of such an ID is refused. That a failure does not use up the ID is a guess.
The IDs of functions that changed records are part of the company's state, so they survive the end of the process.
"""

from collections import defaultdict
from threading import Lock

from practice.company import Company
from practice.gateway.refusals import used_control_id

_used: dict[str, set[str]] = defaultdict(set)
_lock = Lock()


def check(company: Company, control_id: str) -> None:
    """Raise the refusal if the ID has been used."""
    with _lock:
        if control_id in _used[company.id] or control_id in company.used_control_ids:
            raise used_control_id(control_id)


def use(company: str, control_ids: list[str]) -> None:
    with _lock:
        _used[company].update(control_ids)


def forget(company: str) -> None:
    with _lock:
        _used.pop(company, None)
