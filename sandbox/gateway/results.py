"""Result sets that readMore continues.

A result ID is tied neither to a session nor to a sign-in: five clients in use send the password with every request and
page on with it (inferred from their code). That it belongs to one company is a guess that nothing depends on.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from sandbox.data.definitions import Definition
from sandbox.gateway.fields import Reader
from sandbox.gateway.filters import Rows

KEPT = 1_000

_results: OrderedDict[str, "Result"] = OrderedDict()
_lock = Lock()


@dataclass
class Result:
    """What readByQuery found, and how far it has been read. `id` is empty while all of it fits on one page."""

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
    def left(self) -> int:
        return len(self.rows) - self.at


def keep(result: Result) -> None:
    """Give the result an ID and keep it; the oldest one is forgotten first."""
    result.id = secrets.token_hex(16)
    with _lock:
        _results[result.id] = result
        if len(_results) > KEPT:
            _results.popitem(last=False)


def find(company: str, result_id: str) -> Result | None:
    result = _results.get(result_id)
    return result if result and result.company == company else None


def latest(company: str, user: str, object_name: str) -> Result | None:
    """The user's latest result for an object: what readMore continues when it is given an object."""
    with _lock:
        results = [*reversed(_results.values())]
    wanted = (company, user, object_name)
    return next((each for each in results if (each.company, each.user, each.definition.object) == wanted), None)


def forget(company: str) -> None:
    with _lock:
        for result in [result for result in _results.values() if result.company == company]:
            del _results[result.id]
