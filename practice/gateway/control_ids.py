"""Control IDs of functions that succeeded in requests with unique control IDs.

It is documented that the second use of such an ID is refused. That a failure does not use up the ID is a guess.
"""

from collections import defaultdict
from threading import Lock

from practice.gateway.refusals import used_control_id

_used: dict[str, set[str]] = defaultdict(set)
_lock = Lock()


def check(company: str, control_id: str) -> None:
    """Raise the refusal if the ID has been used."""
    with _lock:
        if control_id in _used[company]:
            raise used_control_id(control_id)


def use(company: str, control_ids: list[str]) -> None:
    with _lock:
        _used[company].update(control_ids)


def forget(company: str) -> None:
    with _lock:
        _used.pop(company, None)
