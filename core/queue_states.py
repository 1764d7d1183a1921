"""How much work waits in each queue, and for how long: for `/healthz`, metrics, and the scaling of workers."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis
from django.apps import apps
from django.conf import settings
from django.db.models import Count, F, Min
from django.db.models.functions import Greatest
from django.utils import timezone

from core.leases import LeasedRow
from core.queue import queue_length

QUEUES: list[str] = sorted(
    {settings.CELERY_TASK_DEFAULT_QUEUE, *(route["queue"] for route in settings.CELERY_TASK_ROUTES.values())}
)


@dataclass(frozen=True)
class QueueState:
    """Hold what waits in one queue.

    rows: how many rows a worker could start on now. age: seconds for which the oldest of them has waited; 0 without.
    messages: how many no worker has received yet; None if the broker does not answer. The queue of what beat starts
    has messages only.
    """

    name: str
    rows: int
    age: float
    messages: int | None


def queue_states() -> list[QueueState]:
    """Return the state of every queue, by name. Asks the database once for each kind of work."""
    rows: Counter[str] = Counter()
    ages: dict[str, float] = {}
    for kind in kinds_of_work():
        queue: str = settings.CELERY_TASK_ROUTES[kind.task]["queue"]
        waiting, since = _waiting(kind)
        rows[queue] += waiting
        if since:
            age = (timezone.now() - since).total_seconds()
            ages[queue] = max(age, ages.get(queue, 0.0))
    messages = _messages()
    return [QueueState(name, rows[name], ages.get(name, 0.0), messages.get(name)) for name in QUEUES]


def kinds_of_work() -> list[type[LeasedRow]]:
    """Return the models whose rows workers work on."""
    return [model for model in apps.get_models() if issubclass(model, LeasedRow) and hasattr(model, "task")]


def _waiting(kind: type[LeasedRow]) -> tuple[int, datetime | None]:
    """Return how many rows of this kind a worker could start on now, and since when the first of them waits."""
    # PostgreSQL's GREATEST leaves out columns without a value.
    since = Greatest(*map(F, kind.waits_from))
    state: dict[str, Any] = kind.objects.ready().aggregate(rows=Count("pk"), since=Min(since))
    return state["rows"], state["since"]


def _messages() -> dict[str, int]:
    try:
        return {queue: queue_length(queue) for queue in QUEUES}
    except redis.RedisError:
        return {}
