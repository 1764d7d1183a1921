"""What the database and the broker know, asked when Prometheus reads it. Every web process gives the same figures.

So rules use `max` for them, never `sum`. `beanworks_up` says which part did not answer and left its figures out. Only
`beanworks_ready` is about the process itself.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import redis
from django.db import Error
from django.db.models import Count
from django.utils import timezone
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from core.models import Backup, KeyCanary
from core.queue_states import queue_states
from mail.models import Email
from smartsync.models import Schedule, SyncRun
from wizard.models import Incident

from .health import OK, READY, ask_parts
from .heartbeat import heartbeat_ages

log = logging.getLogger(__name__)
Family = GaugeMetricFamily


class Gauges(Collector):
    def describe(self) -> Iterable[Metric]:
        """Return nothing, so that the registry asks for no figures when this is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        yield _readiness()
        is_up = Family("beanworks_up", "1 if the part answered for these figures.", labels=["part"])
        for part, ask in PARTS.items():
            try:
                yield from ask()
                is_up.add_metric([part], 1)
            except (Error, redis.RedisError) as reason:
                log.warning("The %s does not answer for metrics: %s", part, reason)
                is_up.add_metric([part], 0)
        yield is_up


def _readiness() -> Metric:
    """Return what /readyz answers. It is about this process: another one may have other keys."""
    family = Family("beanworks_ready", "1 if /readyz finds nothing wrong with the part.", labels=["part"])
    for part, answer in ask_parts(READY).items():
        family.add_metric([part], answer == OK)
    return family


def _ask_database() -> list[Metric]:
    return [*_queues(), _active_runs(), _incidents(), _emails(), *_ages(), _backup()]


def _queues() -> list[Metric]:
    rows = Family("beanworks_queue_rows", "Pieces of work that a worker could start on now.", labels=["queue"])
    age = Family("beanworks_queue_age_seconds", "For how long the oldest of them has waited.", labels=["queue"])
    messages = Family("beanworks_queue_messages", "Messages that no worker has received.", labels=["queue"])
    for state in queue_states():
        rows.add_metric([state.name], state.rows)
        age.add_metric([state.name], state.age)
        if state.messages is not None:
            messages.add_metric([state.name], state.messages)
    return [rows, age, messages]


def _active_runs() -> Metric:
    family = Family("beanworks_active_runs", "Runs that have not ended.", labels=["state"])
    for state, count in SyncRun.objects.active().values_list("state").annotate(Count("pk")).order_by("state"):
        family.add_metric([state], count)
    return family


def _incidents() -> Metric:
    family = Family("beanworks_open_incidents", "Incidents that are open.", labels=["cause"])
    for cause, count in Incident.objects.open().values_list("cause").annotate(Count("pk")).order_by("cause"):
        family.add_metric([cause], count)
    return family


def _emails() -> Metric:
    """Count the emails that wait for the next attempt: no worker could start on them, so no queue gets old."""
    family = Family("beanworks_emails_to_retry", "Emails that the email server did not take yet.", labels=["reason"])
    failed = Email.objects.active().exclude(failure_reason="")
    for reason, count in failed.values_list("failure_reason").annotate(Count("pk")).order_by("failure_reason"):
        family.add_metric([reason], count)
    return family


def _ages() -> list[Metric]:
    due = Schedule.objects.due().values_list("next_at", flat=True).first()
    since = KeyCanary.objects.values_list("created_at", flat=True).first()
    return [
        Family("beanworks_schedule_age_seconds", "For how long the oldest schedule has been due.", _age(due)),
        Family("beanworks_key_age_seconds", "For how long the current key has encrypted.", _age(since)),
    ]


def _backup() -> Metric:
    """Return no sample as long as there is no backup, which a rule notices too."""
    family = Family("beanworks_backup_age_seconds", "How long ago the last backup was made.")
    for made_at in Backup.objects.values_list("made_at", flat=True):
        family.add_metric([], _age(made_at))
    return family


def _age(since: datetime | None) -> float:
    return (timezone.now() - since).total_seconds() if since else 0.0


def _ask_broker() -> list[Metric]:
    family = Family("beanworks_heartbeat_age_seconds", "Time since it reported.", labels=["name"])
    for name, age in heartbeat_ages().items():
        family.add_metric([name], float("inf") if age is None else age)
    return [family]


PARTS: dict[str, Callable[[], list[Metric]]] = {"database": _ask_database, "broker": _ask_broker}
