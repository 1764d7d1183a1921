"""Report errors to Sentry, if SENTRY_DSN is set. What leaves is a list of what is allowed, not what is left after
removals: no values, headers, bodies, users or addresses, which may be secrets or a customer's data.
"""

from typing import Any

from django.conf import settings

from core.request_ids import request_id

ALLOWED = {
    "event_id", "timestamp", "level", "platform", "logger", "release", "environment", "transaction", "sdk",

}  # fmt: skip
OF_FRAMES = {"filename", "function", "lineno", "module", "in_app", "pre_context", "context_line", "post_context"}


def start() -> None:
    """Report what is logged as an error and what no code catches, in this process."""
    if not settings.SENTRY_DSN:
        return
    # Imported only if it is used: it takes longer than a tenth of a second.
    import sentry_sdk
    from sentry_sdk.integrations.celery import CeleryIntegration
    from sentry_sdk.integrations.django import DjangoIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        environment="practice" if settings.PRACTICE else "production",
        default_integrations=False,
        integrations=[
            # The name of the view instead of the address, which may contain a secret.
            DjangoIntegration(transaction_style="function_name"),
            CeleryIntegration(),
            LoggingIntegration(level=None),
        ],
        before_send=allowed_part,  # type: ignore[arg-type]
        include_local_variables=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
        send_default_pii=False,
        auto_session_tracking=False,
    )


def stop() -> None:
    """Send what waits. For a process that ends."""
    if settings.SENTRY_DSN:
        import sentry_sdk

        sentry_sdk.flush(2)


def allowed_part(event: dict[str, Any], _hint: object = None) -> dict[str, Any]:
    """Return a new event with what may leave: classes of errors, lines of code, and the request ID."""
    part = {name: value for name, value in event.items() if name in ALLOWED}
    part["tags"] = {"request_id": request_id()}
    if "logentry" in event:
        # The text as it is in the code, without the values that were put into it.
        part["logentry"] = {"message": event["logentry"].get("message", "")}
    if "exception" in event:
        part["exception"] = {"values": [_allowed_part_of(error) for error in event["exception"].get("values", ())]}
    return part


def _allowed_part_of(error: dict[str, Any]) -> dict[str, Any]:
    frames = (error.get("stacktrace") or {}).get("frames", ())
    allowed = [{name: value for name, value in frame.items() if name in OF_FRAMES} for frame in frames]
    return {"type": error.get("type"), "module": error.get("module"), "stacktrace": {"frames": allowed}}
