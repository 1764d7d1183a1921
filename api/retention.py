"""How long events and old secrets of webhooks, stored responses and links that sign a user in are stored."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from api.idempotency import REMEMBERED
from api.models import Arrival, StoredResponse, WebhookEvent, WebhookSecret, WebhookTrigger
from core.leases import State
from core.retention import Rule

TRIGGERS_STAY = timedelta(days=1)


def _old_events(before: datetime) -> QuerySet[WebhookEvent]:
    return WebhookEvent.objects.filter(created_at__lt=before)


def _old_triggers(now: datetime) -> QuerySet[WebhookTrigger]:
    """Those whose events were made."""
    return WebhookTrigger.objects.filter(state=State.DONE, finished_at__lt=now - TRIGGERS_STAY)


def _old_responses(now: datetime) -> QuerySet[StoredResponse]:
    return StoredResponse.objects.filter(created_at__lt=now - REMEMBERED)


def _expired_secrets(now: datetime) -> QuerySet[WebhookSecret]:
    """Those that were replaced. The current secret of an endpoint does not expire."""
    return WebhookSecret.objects.filter(expires_at__lt=now)


def _expired_arrivals(now: datetime) -> QuerySet[Arrival]:
    return Arrival.objects.filter(expires_at__lt=now)


RULES = (
    # With their deliveries.
    Rule("webhook-events", _old_events, "created_at", "RETENTION_WEBHOOK_EVENTS_DAYS"),
    Rule("webhook-secrets", _expired_secrets, "expires_at"),
    Rule("webhook-triggers", _old_triggers, "finished_at"),
    Rule("stored-responses", _old_responses, "created_at"),
    Rule("arrivals", _expired_arrivals, "expires_at"),
)
