"""What Prometheus reads: `/metrics` of the web, with a token; a port of its own in workers."""

import os
from typing import Any

from celery.signals import worker_init
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

from .gauges import Gauges


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
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def known() -> CollectorRegistry:
    """Return what the database and the broker know."""
    registry = CollectorRegistry()
    registry.register(Gauges())
    return registry


@worker_init.connect
def serve(**_: Any) -> None:
    """Serve what this worker has counted. Not what the database knows: the web does, and once is enough."""
    if settings.METRICS_PORT:
        start_http_server(settings.METRICS_PORT, registry=counted())
