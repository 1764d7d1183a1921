"""Count and time what this process does, for Prometheus. What the database knows is asked when it is read: `gauges`.

Counters are kept by each process: in memory, or, if PROMETHEUS_MULTIPROC_DIR names a folder, in files there, which
processes of one container share. No label names a customer, user or company: there are too many of them, and monitoring
is no place for them.
"""

from collections import Counter as Tally
from collections.abc import Iterable
from functools import partial

from django.db import transaction
from prometheus_client import Counter, Histogram

QUICK = (0.01, 0.025, 0.05, 0.08, 0.1, 0.25, 0.5, 1, 2.5, 10)
"""Seconds. 0.08 is the target for pages."""
SLOW = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)

REQUESTS = Counter("beanworks_http_requests", "Requests that were answered.", ["method", "view", "status"])
REQUEST_SECONDS = Histogram("beanworks_http_request_seconds", "Time for a response.", ["view"], buckets=QUICK)
TASK_SECONDS = Histogram("beanworks_task_seconds", "Time for one task of a worker.", ["task"], buckets=SLOW)
TASK_ERRORS = Counter("beanworks_task_errors", "Tasks that ended with an error.", ["task"])
WORK_ENDED = Counter("beanworks_work_ended", "Verifications, runs, emails and so on that ended.", ["kind", "outcome"])
WORK_FAILURES = Counter("beanworks_work_failures", "Attempts at work that failed on our side.", ["kind"])
WORK_GIVEN_UP = Counter("beanworks_work_given_up", "Work that failed until it was given up.", ["kind"])
CHECK_RESULTS = Counter("beanworks_check_results", "Results of checks.", ["outcome"])
SYNC_RECORDS = Counter("beanworks_sync_records", "Records that ended runs read or marked.", ["change"])
GATEWAY_SECONDS = Histogram(
    "beanworks_gateway_seconds", "Time for one HTTP request to Intacct.", ["function"], buckets=SLOW
)
GATEWAY_OUTCOMES = Counter("beanworks_gateway_functions", "Functions that Intacct answered.", ["function", "outcome"])
LIMITER_SECONDS = Histogram(
    "beanworks_limiter_wait_seconds", "Time that requests wait for a slot of their company.", ["priority"], buckets=SLOW
)
WEBHOOK_SECONDS = Histogram("beanworks_webhook_seconds", "Time for one webhook.", buckets=QUICK)
WEBHOOK_OUTCOMES = Counter("beanworks_webhook_requests", "Webhooks that were sent.", ["outcome"])


def count_on_commit(counter: Counter, *labels: str, amount: float = 1) -> None:
    """Count what the caller's transaction does, if it commits."""
    if amount:
        transaction.on_commit(partial(counter.labels(*labels).inc, amount))


def count_all(counter: Counter, labels: Iterable[str]) -> None:
    """Count each label as often as it occurs, if the caller's transaction commits."""
    for label, amount in Tally(labels).items():
        count_on_commit(counter, label, amount=amount)
