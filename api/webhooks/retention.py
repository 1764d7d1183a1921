"""How long events and their deliveries are stored."""

from datetime import timedelta

from django.utils import timezone

from api.models import WebhookEvent, WebhookTrigger
from core.leases import State

KEPT = timedelta(days=30)
TRIGGERS_KEPT = timedelta(days=1)


def forget_old_events() -> None:
    """Delete old events with their deliveries, and triggers whose events were made."""
    now = timezone.now()
    WebhookEvent.objects.filter(created_at__lt=now - KEPT).delete()
    WebhookTrigger.objects.filter(state=State.DONE, finished_at__lt=now - TRIGGERS_KEPT).delete()
