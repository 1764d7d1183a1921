"""Deliver one event to one endpoint, and decide what a failure means for both.

An endpoint gets one request at a time, the oldest event first, so a slow one delays only itself. After a failure it is
paused: the events that wait for it do not take workers, one after the other, for their time-outs.
"""

from datetime import datetime, timedelta
from time import monotonic

from django.db import transaction
from django.utils import timezone

from api.models import WebhookDelivery, WebhookEndpoint
from api.waiting import release_connection
from api.webhooks.endpoints import WORKING, disable
from api.webhooks.errors import NotSent
from api.webhooks.secrets import signed_headers
from api.webhooks.transport import Answer, post
from core.leases import LeaseLost, State, renew_periodically
from core.queue import publish

PATIENCE = timedelta(days=3)
"""How long an event is retried."""
WAITS = [timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30)] + [
    timedelta(hours=hours) for hours in (1, 2, 4, 8, 16)
]
"""The wait after each failed attempt at an event; the last one repeats."""
LONGEST_PAUSE = timedelta(minutes=10)
"""An endpoint that fails is tried at least this often while events wait."""
OUTAGE = 3
"""So many failures in a row mean that the endpoint was away, and not that it refuses one event."""
AGENT = "Beanworks-Connect-Webhooks/1"
GONE = 410
Reason = WebhookDelivery.FailureReason


def delivery_work(delivery: WebhookDelivery) -> None:
    """Try once to deliver what this worker has claimed. Raises LeaseLost."""
    with renew_periodically(delivery):
        began = monotonic()
        answer = _send(delivery)
    delivery.milliseconds = int((monotonic() - began) * 1000)
    _record(delivery, answer)
    if following := WebhookDelivery.objects.waiting_at(delivery.endpoint).first():
        publish(WebhookDelivery.task, following.pk)


def delivery_give_up(delivery: WebhookDelivery) -> None:
    """End a delivery after our own code failed on it repeatedly, in the transaction of the caller, who holds it."""
    delivery.failure_reason = Reason.CRASHED
    delivery.finish()


def _send(delivery: WebhookDelivery) -> Answer | NotSent:
    endpoint, event = delivery.endpoint, delivery.event
    headers = {"Content-Type": "application/json", "User-Agent": AGENT, **signed_headers(event, endpoint)}
    release_connection()  # the receiver may take ten seconds
    try:
        return post(endpoint.url, event.body.encode(), headers)
    except NotSent as failure:
        return failure


@transaction.atomic
def _record(delivery: WebhookDelivery, answer: Answer | NotSent) -> None:
    if isinstance(answer, NotSent):
        delivery.status, delivery.response, delivery.failure_reason = None, "", answer.reason
    else:
        delivery.status, delivery.response = answer
        delivery.failure_reason = "" if 200 <= answer.status < 300 else Reason.STATUS

    # Locked before the delivery, as everywhere, so that no two transactions wait for each other. A success changes
    # only an endpoint that failed before, and no other worker sends to this one.
    endpoint = delivery.endpoint
    if delivery.failure_reason or endpoint.failures:
        endpoint = _lock(endpoint)
    delivery.hold()
    if not delivery.failure_reason:
        _record_success(delivery, endpoint)
    elif endpoint.url == delivery.endpoint.url:
        _record_failure(delivery, endpoint)
    else:  # the URL was changed since: this is the answer of the old one
        _retry(delivery, timezone.now())


def _lock(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    locked = WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk=endpoint.pk).first()
    if locked is None:
        raise LeaseLost(f"deliveries to {endpoint.pk}, which was deleted")
    return locked


def _record_success(delivery: WebhookDelivery, endpoint: WebhookEndpoint) -> None:
    delivery.delivered_at = timezone.now()
    delivery.finish()
    if endpoint.failures:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(**WORKING)
    if endpoint.failures >= OUTAGE:
        # Now that it is back, nothing waits for hours any more.
        endpoint.deliveries.filter(state=State.QUEUED).update(due_at=None)


def _record_failure(delivery: WebhookDelivery, endpoint: WebhookEndpoint) -> None:
    now = timezone.now()
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    endpoint.paused_until = now + min(_wait_after(endpoint.failures), LONGEST_PAUSE)
    endpoint.save(update_fields=WORKING)

    began = delivery.started_at or now
    if delivery.status != GONE and now - began < PATIENCE:
        _retry(delivery, min(now + _wait_after(delivery.attempts), began + PATIENCE))
        return
    delivery.finish()
    if delivery.status == GONE:
        disable(endpoint, WebhookEndpoint.DisabledReason.GONE)
    elif not endpoint.deliveries.filter(delivered_at__gt=began).exists():
        # An endpoint that took other events since then works: only this event is lost to it.
        disable(endpoint, WebhookEndpoint.DisabledReason.FAILING)


def _wait_after(failures: int) -> timedelta:
    return WAITS[min(failures, len(WAITS)) - 1]


def _retry(delivery: WebhookDelivery, at: datetime) -> None:
    delivery.due_at = at
    # Our code worked, so this attempt does not count as a failure of it.
    delivery.failures = 0
    delivery.state, delivery.lease_token, delivery.lease_until = State.QUEUED, None, None
    delivery.save()
