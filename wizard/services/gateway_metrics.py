"""Measure the requests to Intacct: how long they wait, how long they take, and what comes of each function."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from core.metrics import GATEWAY_OUTCOMES, GATEWAY_SECONDS, LIMITER_SECONDS
from intacct.errors import IntacctError
from intacct.limiter import Priority
from intacct.reply import Reply
from intacct.transport import Exchange, Gate

SEVERAL = "several"


def measure_exchange(how: Exchange, outcome: Reply | IntacctError, seconds: float) -> None:
    names = set(how.functions)
    GATEWAY_SECONDS.labels(names.pop() if len(names) == 1 else SEVERAL).observe(seconds)
    for function, result in _outcomes(how, outcome):
        GATEWAY_OUTCOMES.labels(function, result).inc()


def _outcomes(how: Exchange, outcome: Reply | IntacctError) -> list[tuple[str, str]]:
    """Return each function with its outcome: "ok", or the class of the error. All the names are ours."""
    failure = outcome if isinstance(outcome, IntacctError) else outcome.failure
    if isinstance(outcome, IntacctError) or failure:
        return [(name, type(failure).__name__) for name in how.functions]
    # In the order of the request: the names in a reply are Intacct's.
    results = outcome.results.values()
    return [
        (name, type(result.failure).__name__ if result.failure else "ok")
        for name, result in zip(how.functions, results, strict=False)
    ]


@contextmanager
def measured_gate(gate: Gate, priority: Priority) -> Iterator[None]:
    began = monotonic()
    with gate():
        LIMITER_SECONDS.labels(priority).observe(monotonic() - began)
        yield
