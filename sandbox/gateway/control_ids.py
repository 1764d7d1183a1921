"""Control IDs that functions have succeeded with, where the request says that they are unique.

That such an ID is refused the second time is documented. That a failure does not use it up is a guess.
"""

from collections import defaultdict
from threading import Lock

from sandbox.gateway.refusals import used_control_id

_used: dict[str, set[str]] = defaultdict(set)
_lock = Lock()


def check(company: str, control_id: str) -> None:
    """Raises the refusal of an ID that has been used."""
    with _lock:
        if control_id in _used[company]:
            raise used_control_id(control_id)


def use(company: str, control_ids: list[str]) -> None:
    with _lock:
        _used[company].update(control_ids)


def forget(company: str) -> None:
    with _lock:
        _used.pop(company, None)
