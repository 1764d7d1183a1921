"""Attempts to deliver events to a real receiver: what is retried, what pauses an endpoint, what disables it."""

from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks.webhooks import WebhookVerificationError

from accounts.models import User
from api.models import WebhookDelivery, WebhookEndpoint
from api.tasks import webhook_delivery_run
from api.webhooks.delivery import LONGEST_ASKED, LONGEST_PAUSE, OUTAGE, PATIENCE, WAITS
from api.webhooks.endpoints import (
    delivery_send_again,
    endpoint_change,
    endpoint_disable,
    endpoint_enable,
    endpoint_test,
    secret_rotate,
)
from api.webhooks.reports import event_with
from api.webhooks.secrets import OVERLAP
from audit.models import AuditEvent
from core.errors import Refused
from mail.models import Email
from tests.support.receiver import Receiver

from .conftest import create_deliveries

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "whsec_" + "c2VjcmV0" * 4


def deliver(delivery: WebhookDelivery) -> WebhookDelivery:
    """Try to deliver, as if the waiting time of the event and the pause of its endpoint were over."""
    now = timezone.now()
    WebhookDelivery.objects.filter(pk=delivery.pk, due_at__isnull=False).update(due_at=now)
    WebhookEndpoint.objects.filter(failures__gt=0).update(paused_until=now)
    webhook_delivery_run(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def let_days_pass(delivery: WebhookDelivery) -> None:
    """Let the patience with an event be over."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(started_at=timezone.now() - PATIENCE)


def report(endpoint: WebhookEndpoint, count: int) -> None:
    """Let events wait for the endpoint."""
    for _ in range(count):
        event = event_with("run.failed", timezone.now(), {}, None)
        event.save()
        endpoint.deliveries.create(event=event)


def wait_of(moment: Any) -> timedelta:
    left: timedelta = moment - timezone.now()
    return left


def test_receiver_can_verify_an_event_with_the_secret(signed: tuple[WebhookEndpoint, str], receiver: Receiver) -> None:
    endpoint, secret = signed
    [delivery] = create_deliveries(endpoint)

    assert deliver(delivery).delivered_at

    [request] = receiver.taken
    event = request.verify(secret)
    assert event["type"] == "webhook.test"
    assert event["data"] == {"endpoint_id": endpoint.pk}
    assert event["timestamp"].endswith("Z")
    assert request.headers["webhook-id"] == delivery.event.name
    assert request.headers["Content-Type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        request.verify(SECRET)


def test_delivered_event_is_not_sent_again(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    [delivery] = create_deliveries(endpoint)
    deliver(delivery)
    deliver(delivery)
    assert len(receiver.taken) == 1


def test_both_secrets_sign_after_a_rotation(signed: tuple[WebhookEndpoint, str], receiver: Receiver) -> None:
    endpoint, old = signed
    new = secret_rotate(endpoint=endpoint, actor=None).reveal()
    first, second = create_deliveries(endpoint, 2)

    deliver(first)
    assert receiver.taken[0].verify(old) == receiver.taken[0].verify(new)

    endpoint.secrets.filter(expires_at__isnull=False).update(expires_at=timezone.now() - OVERLAP)
    deliver(second)
    receiver.taken[1].verify(new)
    with pytest.raises(WebhookVerificationError):
        receiver.taken[1].verify(old)


def test_at_most_two_secrets_work(endpoint: WebhookEndpoint) -> None:
    for _ in range(3):
        secret_rotate(endpoint=endpoint, actor=None)
    assert endpoint.secrets.count() == 2


def test_refused_event_is_retried_later(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    receiver.statuses, receiver.answer = [500], b"we are down"
    [delivery] = create_deliveries(endpoint)

    deliver(delivery)

    assert (delivery.state, delivery.failure_reason, delivery.status) == ("queued", "status", 500)
    assert delivery.response == "we are down"
    webhook_delivery_run(delivery.pk)
    assert len(receiver.taken) == 1
    assert deliver(delivery).delivered_at
    assert (delivery.failure_reason, delivery.status, delivery.attempts) == ("", 204, 2)
    assert receiver.taken[0].headers["webhook-id"] == receiver.taken[1].headers["webhook-id"]


def test_pauses_grow_for_three_days_and_then_the_endpoint_is_disabled(
    endpoint: WebhookEndpoint, receiver: Receiver, support: User
) -> None:
    receiver.statuses = [503] * 20
    [delivery] = create_deliveries(endpoint)
    for wait in [*WAITS, WAITS[-1]]:
        due = deliver(delivery).due_at
        assert wait - timedelta(seconds=30) < wait_of(due) <= wait
        endpoint.refresh_from_db()
        assert wait_of(endpoint.paused_until) <= LONGEST_PAUSE
    let_days_pass(delivery)

    deliver(delivery)

    endpoint.refresh_from_db()
    assert (delivery.state, delivery.delivered_at) == ("done", None)
    assert (endpoint.is_enabled, endpoint.disabled_reason) == (False, "failing")
    assert AuditEvent.objects.get(action="webhook.disabled").metadata["reason"] == "failing"
    assert [email.address for email in Email.objects.filter(kind="webhook_disabled")] == [support.email]


def in_two_minutes() -> str:
    return format_datetime(timezone.now() + timedelta(seconds=121), usegmt=True)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        (lambda: "120", 120),
        (in_two_minutes, 120),
        (lambda: "2", 10),
        (lambda: "soon", 10),
        (lambda: "Sun, 06 Nov 1994 08:49:37 GMT", 10),
        (lambda: f"Fri, 01 Jan 2027 {10**20}:00:00 GMT", 10),
        (lambda: "999999999", LONGEST_ASKED.total_seconds()),
    ],
    ids=["seconds", "date", "less than we wait", "unreadable", "past", "no hour", "too long"],
)
def test_receiver_may_ask_for_time(
    endpoint: WebhookEndpoint, receiver: Receiver, asked: Callable[[], str], seconds: float
) -> None:
    receiver.statuses, receiver.headers = [429], {"Retry-After": asked()}
    [delivery] = create_deliveries(endpoint)

    due = deliver(delivery).due_at

    endpoint.refresh_from_db()
    for moment in (due, endpoint.paused_until):
        assert seconds - 10 < wait_of(moment).total_seconds() <= seconds + 1


def test_receiver_cannot_ask_for_more_than_the_days_of_retries(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    receiver.statuses, receiver.headers = [503, 503], {"Retry-After": "3600"}
    [delivery] = create_deliveries(endpoint)
    deliver(delivery)
    WebhookDelivery.objects.update(started_at=timezone.now() - PATIENCE + timedelta(minutes=1))

    assert wait_of(deliver(delivery).due_at) < timedelta(minutes=1)


def test_endpoint_that_takes_other_events_stays_enabled(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    receiver.statuses = [500]
    refused, other = create_deliveries(endpoint, 2)
    deliver(refused)
    let_days_pass(refused)
    assert deliver(other).delivered_at
    receiver.statuses = [500]

    deliver(refused)

    endpoint.refresh_from_db()
    assert (refused.state, refused.delivered_at, endpoint.is_enabled) == ("done", None, True)


def test_endpoint_that_is_gone_is_disabled_at_once(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    receiver.statuses = [410]
    [delivery] = create_deliveries(endpoint)
    deliver(delivery)
    endpoint.refresh_from_db()
    assert (delivery.state, endpoint.disabled_reason) == ("done", "gone")


def test_disabled_endpoint_gets_nothing_until_it_is_enabled(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    receiver.statuses = [500]
    first, second = create_deliveries(endpoint, 2)
    deliver(first)
    endpoint_disable(endpoint=endpoint, actor=None)

    assert deliver(second).attempts == 0
    with pytest.raises(Refused):
        endpoint_test(endpoint=endpoint, actor=None)
    assert not Email.objects.filter(kind="webhook_disabled").exists()

    endpoint_enable(endpoint=endpoint, actor=None)
    webhook_delivery_run(second.pk)  # the oldest event comes first, although the message names the other
    webhook_delivery_run(second.pk)
    assert [request.headers["webhook-id"] for request in receiver.taken[1:]] == [first.event.name, second.event.name]


def test_paused_endpoint_takes_no_worker(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    """Of many waiting events, the first one that fails keeps the others from failing too."""
    receiver.statuses = [500]
    deliveries = create_deliveries(endpoint, 3)
    for delivery in deliveries:
        webhook_delivery_run(delivery.pk)
    assert len(receiver.taken) == 1
    assert list(WebhookDelivery.objects.turns_at(WebhookEndpoint.objects.all())) == []
    assert not WebhookDelivery.objects.ready().exists()


def test_waiting_events_are_sent_at_once_to_another_url(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    receiver.statuses = [500]
    [delivery] = create_deliveries(endpoint)
    deliver(delivery)
    let_days_pass(delivery)

    endpoint_change(endpoint=endpoint, actor=None, url=f"{receiver.url}&new=1")

    webhook_delivery_run(delivery.pk)
    assert receiver.taken[-1].path == "/hooks?of=beanworks&new=1"


@pytest.mark.parametrize(("failures", "statuses"), [(OUTAGE, [204, 204, 204]), (OUTAGE - 1, [503, 503, 204])])
def test_events_that_waited_are_sent_when_the_endpoint_is_back(
    endpoint: WebhookEndpoint, receiver: Receiver, failures: int, statuses: list[int]
) -> None:
    """After fewer failures in a row it may only have refused these events: they wait as before."""
    receiver.statuses = [503] * failures
    report(endpoint, 3)
    first, second, third = endpoint.deliveries.order_by("pk")
    for delivery in [first, second, second][:failures]:
        deliver(delivery)
    deliver(third)

    webhook_delivery_run(third.pk)
    webhook_delivery_run(third.pk)

    assert list(endpoint.deliveries.order_by("pk").values_list("status", flat=True)) == statuses


def test_test_does_not_wait_for_the_events_of_a_failing_endpoint(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    receiver.statuses = [500]
    report(endpoint, 3)
    [first, *_others] = endpoint.deliveries.order_by("pk")
    deliver(first)

    test = endpoint_test(endpoint=endpoint, actor=None)
    webhook_delivery_run(test.pk)

    assert receiver.types[-1] == "webhook.test"


def test_event_is_sent_again_at_once(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    [delivery] = create_deliveries(endpoint)
    deliver(delivery)
    delivery_send_again(delivery=delivery, actor=None)
    webhook_delivery_run(delivery.pk)
    assert receiver.taken[0].headers["webhook-id"] == receiver.taken[1].headers["webhook-id"]
    assert AuditEvent.objects.filter(action="webhook.sent_again").count() == 1


def test_nothing_is_sent_without_a_signature(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    """The endpoint may be deleted, with its secrets, after a worker has claimed its delivery."""
    [delivery] = create_deliveries(endpoint)
    endpoint.secrets.all().delete()

    webhook_delivery_run(delivery.pk)

    assert receiver.taken == []


def test_unreadable_secret_ends_the_delivery_and_not_the_worker(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    endpoint.secrets.update(envelope=b"lost")
    [delivery] = create_deliveries(endpoint)
    for _ in range(6):
        deliver(delivery)
    assert (delivery.state, delivery.failure_reason) == ("done", "crashed")
    assert receiver.taken == []
