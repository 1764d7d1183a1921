"""Result sets of readByQuery that readMore continues.

A result ID is not bound to a session or a sign-in: five clients in use send the password with every request and still
continue results (inferred from their code). That an ID belongs to one company is a guess; nothing depends on it.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from practice.gateway.fields import Reader
from practice.gateway.filters import Rows
from practice.records.field_definitions import Definition

KEPT = 1_000

_results: OrderedDict[str, "Result"] = OrderedDict()
_lock = Lock()


@dataclass
class Result:
    """The records of a readByQuery, and how many have been read. `id` is empty if all fit on one page."""

    company: str
    user: str
    definition: Definition
    fields: list[Reader]
    rows: Rows
    size: int
    returned: str = "xml"
    at: int = 0
    id: str = ""

    def next_page(self) -> list[int]:
        page = list(self.rows[self.at : self.at + self.size])
        self.at += len(page)
        return page

    @property
    def remaining_count(self) -> int:
        return len(self.rows) - self.at


def store_result(result: Result) -> None:
    """Give the result an ID and store it. The oldest results are deleted first."""
    result.id = secrets.token_hex(16)
    with _lock:
        _results[result.id] = result
        if len(_results) > KEPT:
            _results.popitem(last=False)


def find(company: str, result_id: str) -> Result | None:
    result = _results.get(result_id)
    return result if result and result.company == company else None


def latest(company: str, user: str, object_name: str) -> Result | None:
    """Return the user's latest result for an object, which readMore continues when it gets an object."""
    with _lock:
        results = [*reversed(_results.values())]
    wanted = (company, user, object_name)
    return next(
        (result for result in results if (result.company, result.user, result.definition.object) == wanted), None
    )


def forget(company: str) -> None:
    with _lock:
        for result in [result for result in _results.values() if result.company == company]:
            del _results[result.id]
