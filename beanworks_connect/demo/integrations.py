"""API keys of other services, and webhook endpoints with what they got for the newest events of the audit log."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from accounts.models import User
from api.event_types import EventType
from api.keys import PREFIX
from api.models import ApiKey, WebhookDelivery, WebhookEndpoint, WebhookEvent
from api.scopes import Scope
from api.webhooks.reports import MAKERS, events_of
from api.webhooks.secrets import secret_create
from audit.models import AuditEvent
from beanworks_connect.demo.insertion import insert
from beanworks_connect.demo.screens import practice_address
from beanworks_connect.demo.team import SUPPORT
from beanworks_connect.demo.times import ago
from core.leases import State
from core.tokens import LinkToken

PAYABLES, REPORTING = "Payables", "Reporting"
REPORTED = 8
"""How many events of the audit log became webhooks."""
LOST_AFTER = timedelta(days=3)


def insert_integrations(team: Mapping[str, User]) -> None:
    """Insert the keys and the endpoints: one works, and one was disabled because it did not answer."""
    sam, sue = (team[name] for name in SUPPORT)
    insert(
        [
            _key(PAYABLES, sam, 60, [Scope.READ_CONNECTIONS, Scope.READ_RECORDS], last_used_at=ago(0, minutes=3)),
            _key(REPORTING, sue, 200, [Scope.READ_RECORDS], last_used_at=ago(21), revoked_at=ago(20)),
        ]
    )
    failing = ago(5)
    endpoints = insert(
        [
            _endpoint(PAYABLES, f"{practice_address()}/control/webhooks", sam, 60, EventType.values),
            _endpoint(
                REPORTING,
                "https://reporting.example.com/connect",
                sue,
                200,
                [EventType.RUN_COMPLETED, EventType.RECORDS_CHANGED],
                failures=11,
                failing_since=failing,
                paused_until=failing + LOST_AFTER,
                disabled_at=failing + LOST_AFTER,
                disabled_reason=WebhookEndpoint.DisabledReason.FAILING,
            ),
        ]
    )
    for endpoint in endpoints:
        secret_create(endpoint)


def insert_deliveries() -> None:
    """Insert the webhooks that the newest events led to. The last that the disabled endpoint got was lost."""
    payables, reporting = WebhookEndpoint.objects.order_by("pk")
    newest = AuditEvent.objects.filter(action__in=MAKERS).order_by("-occurred_at", "-pk")[:REPORTED]
    events = [event for cause in reversed(newest) for event in _events_of(cause)]
    lost = _lost_event(reporting)
    WebhookEvent.objects.bulk_create([lost, *events])
    insert([_lost(reporting, lost), *(_delivered(payables, event) for event in events)])


def _key(name: str, owner: User, days: int, scopes: list[Scope], **fields: object) -> ApiKey:
    """Return a key that no one can use: its token is not stored anywhere."""
    token = LinkToken(PREFIX + LinkToken.create().reveal())
    return ApiKey(
        name=name,
        scopes=scopes,
        token_hash=token.hash,
        token_start=token.reveal()[:9],
        created_by=owner,
        created_at=ago(days),
        expires_at=ago(days) + timedelta(days=365),
        **fields,
    )


def _endpoint(name: str, url: str, owner: User, days: int, types: list[str], **fields: object) -> WebhookEndpoint:
    return WebhookEndpoint(
        description=name, url=url, event_types=types, created_by=owner, created_at=ago(days), **fields
    )


def _events_of(cause: AuditEvent) -> Iterator[WebhookEvent]:
    for event in events_of(cause):
        event.created_at = cause.occurred_at
        yield event


def _lost_event(endpoint: WebhookEndpoint) -> WebhookEvent:
    cause = AuditEvent.objects.filter(action="sync_run.finished", occurred_at__lt=endpoint.failing_since).latest("pk")
    return next(_events_of(cause))


def _delivered(endpoint: WebhookEndpoint, event: WebhookEvent) -> WebhookDelivery:
    sent_at = event.created_at + timedelta(seconds=1)
    return _delivery(
        endpoint,
        event,
        attempts=1,
        finished_at=sent_at,
        delivered_at=sent_at,
        status=200,
        response="{}",
        milliseconds=48,
    )


def _lost(endpoint: WebhookEndpoint, event: WebhookEvent) -> WebhookDelivery:
    return _delivery(
        endpoint,
        event,
        attempts=11,
        finished_at=endpoint.disabled_at,
        failure_reason=WebhookDelivery.FailureReason.STATUS,
        status=503,
        response="Service Unavailable",
        milliseconds=212,
    )


def _delivery(endpoint: WebhookEndpoint, event: WebhookEvent, **fields: object) -> WebhookDelivery:
    return WebhookDelivery(
        endpoint=endpoint,
        event=event,
        state=State.DONE,
        created_at=event.created_at,
        started_at=event.created_at,
        **fields,
    )
