"""How long events and their deliveries are stored."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from api.models import WebhookEvent, WebhookTrigger
from core.batches import delete_batch
from core.leases import State

KEPT = timedelta(days=30)
TRIGGERS_KEPT = timedelta(days=1)


def old_events() -> QuerySet[WebhookEvent]:
    return WebhookEvent.objects.filter(created_at__lt=timezone.now() - KEPT)


def old_triggers() -> QuerySet[WebhookTrigger]:
    return WebhookTrigger.objects.filter(state=State.DONE, finished_at__lt=timezone.now() - TRIGGERS_KEPT)


def forget_old_events() -> None:
    """Delete old events with their deliveries, and triggers whose events were made, a batch at a time."""
    for rows in (old_events(), old_triggers()):
        while delete_batch(rows):
            pass
