"""What Prometheus reads: `/metrics` of the web, with a token; a port of its own in workers."""

import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from celery.signals import worker_init
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Metric,
    generate_latest,
    start_http_server,
)
from prometheus_client.multiprocess import MultiProcessCollector

from core.metrics import WORK_ENDED, WORK_GIVEN_UP
from core.queue_states import kinds_of_work

from .gauges import Gauges

log = logging.getLogger(__name__)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics of all processes of this container, and what the database knows. 404 without the token."""
    sent = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not constant_time_compare(sent, f"Bearer {settings.METRICS_TOKEN}"):
        return HttpResponseNotFound("not found", content_type="text/plain")
    text = generate_latest(counted()) + generate_latest(known())
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def counted() -> CollectorRegistry:
    """Return what the processes of this container have counted."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    WrittenFiles(registry)  # type: ignore[no-untyped-call]
    return registry


class WrittenFiles(MultiProcessCollector):
    """Read the files in which processes count, without those that are still empty.

    A process that starts creates its files and fills them a moment later. One that is killed in between leaves them
    empty, and the library fails at an empty file.
    """

    def collect(self) -> Iterable[Metric]:
        files = [str(file) for file in Path(self._path).glob("*.db") if file.stat().st_size]
        merged: Iterable[Metric] = self.merge(files, accumulate=True)  # type: ignore[no-untyped-call]
        return merged


def known() -> CollectorRegistry:
    """Return what the database and the broker know."""
    registry = CollectorRegistry()
    registry.register(Gauges())
    return registry


@worker_init.connect
def start_at_zero(**_: Any) -> None:
    """Begin the series that alerts count. For Prometheus, one that begins at one does not increase."""
    for kind in kinds_of_work():
        name = kind().work_kind
        WORK_GIVEN_UP.labels(name)
        for outcome in kind.bad_outcomes:
            WORK_ENDED.labels(name, outcome)


@worker_init.connect
def serve(**_: Any) -> None:
    """Serve what this worker has counted. Not what the database knows: the web does, and once is enough."""
    if settings.METRICS_PORT:
        try:
            start_http_server(settings.METRICS_PORT, registry=counted())
        except OSError as reason:
            log.error("METRICS_PORT %s cannot be used, so no one reads this worker: %s", settings.METRICS_PORT, reason)
