"""Send traces to an OpenTelemetry collector, if OTEL_EXPORTER_OTLP_ENDPOINT is set: requests, tasks, queries, gateway.

Texts leave without the secrets of links. Messages of errors and the queries of addresses do not leave: they may hold a
customer's data.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from .logs import redact

ADDRESSES = {"http.url", "http.target", "url.full"}
QUERY = "url.query"
"""Of conventions that the libraries use if OTEL_SEMCONV_STABILITY_OPT_IN asks for them."""


def start(part: str) -> None:
    """Trace this process. part: its name after "beanworks-". Call it before the first request or task."""
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        return
    # Imported only if they are used: they take almost a second.
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.celery import CeleryInstrumentor
    from opentelemetry.instrumentation.django import DjangoInstrumentor
    from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
    from opentelemetry.instrumentation.requests import RequestsInstrumentor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"beanworks-{part}"}))
    exporter = OTLPSpanExporter(endpoint=f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip('/')}/v1/traces")
    exporter.export = _redacting(exporter.export)  # type: ignore[method-assign]
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    for instrumentor in (DjangoInstrumentor, CeleryInstrumentor, PsycopgInstrumentor, RequestsInstrumentor):
        instrumentor().instrument()


def stop() -> None:
    """Send what waits. For a process that ends."""
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        from opentelemetry import trace

        trace.get_tracer_provider().shutdown()  # type: ignore[attr-defined]


def _redacting(export: Any) -> Any:
    return lambda spans: export([_redacted(span) for span in spans])


def _redacted(span: Any) -> Any:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import Status

    return ReadableSpan(
        name=redact(span.name),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes={
            name: _without_secrets(value.partition("?")[0] if name in ADDRESSES else value)
            for name, value in (span.attributes or {}).items()
            if name != QUERY
        },
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _without_secrets(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    return [redact(text) for text in value] if _is_texts(value) else value


def _is_texts(value: Any) -> bool:
    return isinstance(value, Sequence) and all(isinstance(text, str) for text in value)
