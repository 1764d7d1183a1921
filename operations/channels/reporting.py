"""Write a message for every channel that reports a kind, once for each occasion."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from audit.models import AuditEvent
from audit.services import events_recorded
from core.isolated_text import isolate_in_text
from core.queue import publish
from operations.channels.kinds import KINDS, Kind, Occasion, disabled_endpoint
from operations.channels.models import ChannelKind, ChannelMessage, ReportedOccasion

MOST = 10
"""Occasions of one kind that are reported one by one. More at once, such as in an outage, share one message."""
FAILED = ("failing", "gone")
"""Why an endpoint was disabled, if no user did it."""


def report_events(sender: Any, events: Sequence[AuditEvent], **_: Any) -> None:
    """Report events of the audit log in their transaction: nothing else tells this app about webhooks."""
    for event in events:
        if event.action == "webhook.disabled" and event.metadata.get("reason") in FAILED:
            report(KINDS["webhook_disabled"], [disabled_endpoint(event)])


events_recorded.connect(report_events)


def is_reported(kind: Kind) -> bool:
    return ChannelKind.objects.filter(kind=kind.slug).exists()


@transaction.atomic
def report(kind: Kind, occasions: Sequence[Occasion]) -> None:
    # What is older than any stored message may have been reported.
    oldest = timezone.now() - timedelta(days=settings.RETENTION_CHANNEL_MESSAGES_DAYS)
    # Of two processes that look at the same time, the second waits here and then sees what the first reported.
    subscriptions = ChannelKind.objects.filter(kind=kind.slug).select_related("channel").order_by("pk")
    for subscription in subscriptions.select_for_update(of=("self",)):
        begun = [occasion for occasion in occasions if occasion.since >= max(subscription.since, oldest)]
        keys = {f"{kind.slug}:{occasion.key}": occasion for occasion in begun}
        known = ReportedOccasion.objects.filter(channel=subscription.channel_id, key__in=keys)
        for key in known.values_list("key", flat=True):
            del keys[key]
        with translation.override(subscription.channel.language):
            _write(subscription, kind, keys)


def _write(subscription: ChannelKind, kind: Kind, occasions: dict[str, Occasion]) -> None:
    if len(occasions) > MOST:
        text = str(kind.many) % {"count": len(occasions)}
        _write_message(subscription, [*occasions], text=text, link=reverse(kind.page))
        return
    for key, occasion in occasions.items():
        names = {"customer": occasion.customer, **(occasion.facts or {})}
        text = isolate_in_text(str(kind.sentence) % names)
        _write_message(subscription, [key], text=text, link=occasion.link, customer=occasion.customer)


def _write_message(subscription: ChannelKind, keys: Sequence[str], **fields: Any) -> None:
    channel = subscription.channel
    message = ChannelMessage.objects.create(channel=channel, kind=subscription.kind, **fields)
    ReportedOccasion.objects.bulk_create(ReportedOccasion(channel=channel, message=message, key=key) for key in keys)
    publish(ChannelMessage.task, message.pk)
