"""Notice audit events that may concern endpoints, and make events and deliveries of them, exactly once.

The row is added in the transaction that records the audit event. A worker does the rest: what a payload needs takes
queries, and an error in them must not stop what a user does.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction

from api.models import WebhookDelivery, WebhookEndpoint, WebhookEvent, WebhookTrigger
from api.webhooks.baselines import ACTIONS, make_baselines
from api.webhooks.delivery import BATCH
from api.webhooks.order import wait_for_new_endpoints
from api.webhooks.reports import MAKERS, events_of
from audit.models import AuditEvent
from core.queue import publish, publish_together


def notice(events: Iterable[AuditEvent], **_: Any) -> None:
    """Add a trigger for each of these audit events that may concern an endpoint."""
    reportable = [event for event in events if event.action in MAKERS]
    if not reportable:
        return

    wait_for_new_endpoints()
    # Asked once for each customer: a user who ticks off a whole step causes thirty events.
    customers = {event.customer_id for event in reportable if event.customer_id is not None}
    notified = {customer for customer in customers if WebhookEndpoint.objects.notified_about(customer).exists()}
    for event in reportable:
        if event.customer_id in notified:
            publish(WebhookTrigger.task, WebhookTrigger.objects.create(event=event).pk)


def trigger_work(trigger: WebhookTrigger) -> None:
    """Make what a claimed trigger leads to. Raises LeaseLost."""
    (make_baselines if trigger.event.action in ACTIONS else _report)(trigger)


@transaction.atomic
def _report(trigger: WebhookTrigger) -> None:
    trigger.hold()
    events = events_of(trigger.event)
    if events:
        _deliver(events, trigger.event.customer_id or 0)
    trigger.finish()


def _deliver(events: Sequence[WebhookEvent], customer_id: int) -> None:
    """Add the events that an endpoint has chosen, and their deliveries."""
    endpoints = WebhookEndpoint.objects.notified_about(customer_id).values_list("pk", "event_types")
    chosen = [(event, pk) for pk, types in endpoints for event in events if event.type in types]
    wanted = {event for event, _pk in chosen}
    WebhookEvent.objects.bulk_create(event for event in events if event in wanted)
    deliveries = WebhookDelivery.objects.bulk_create(
        WebhookDelivery(endpoint_id=pk, event=event) for event, pk in chosen
    )
    # One of each endpoint: its deliveries are made one after the other.
    first = {delivery.endpoint_id: delivery.pk for delivery in reversed(deliveries)}
    publish_together(WebhookDelivery.task, list(first.values()), BATCH)
