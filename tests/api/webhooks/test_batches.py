"""Deliveries to many endpoints that one worker makes together."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from api.models import WebhookDelivery, WebhookEndpoint
from api.tasks import sweep, webhook_delivery_run
from api.webhooks.delivery import BATCH
from api.webhooks.endpoints import endpoint_disable, endpoint_enable
from beanworks_connect.heartbeat import broker
from core.work import hand_back
from tests.support.processes import wait_until
from tests.support.receiver import Receiver

from .conftest import create_deliveries, create_endpoint

pytestmark = pytest.mark.django_db(transaction=True)


def create_many(support: User, *urls: str) -> list[WebhookDelivery]:
    """Create endpoints with these URLs, and two deliveries to each. Return the first of each endpoint."""
    endpoints = [create_endpoint(support, url)[0] for url in urls]
    return [create_deliveries(endpoint, 2)[0] for endpoint in endpoints]


def run(*deliveries: WebhookDelivery) -> None:
    webhook_delivery_run(*(delivery.pk for delivery in deliveries))
    database.close()


def test_many_deliveries_take_as_many_queries_as_one(support: User, receiver: Receiver) -> None:
    deliveries = create_many(support, *[receiver.url] * 12)

    queries = []
    for batch in (deliveries[:2], deliveries[2:]):
        with CaptureQueriesContext(database) as captured:
            webhook_delivery_run(*(delivery.pk for delivery in batch))
        queries.append(len(captured))

    assert len(receiver.taken) == 12
    # Answers that come later than the first are recorded by another statement, which two more queries follow.
    assert queries[1] <= queries[0] + 6 < 20


def test_each_of_many_deliveries_is_recorded(support: User, receiver: Receiver) -> None:
    receiver.answer = b"thank you"
    receiver.statuses = [200, 500, 200]
    deliveries = create_many(support, *[receiver.url] * 2, "http://127.0.0.1:1/", receiver.url)

    run(*deliveries)

    first = WebhookDelivery.objects.filter(pk__in=[delivery.pk for delivery in deliveries])
    assert sorted(first.values_list("failure_reason", "response", "status")) == [
        ("", "thank you", 200),
        ("", "thank you", 200),
        ("status", "thank you", 500),
        ("unreachable", "", None),
    ]
    assert first.filter(delivered_at__isnull=False, state="done", lease_token=None, attempts=1).count() == 2
    assert first.filter(state="queued", lease_token=None, due_at__isnull=False).count() == 2


def test_secret_that_cannot_be_opened_stops_no_other_delivery(support: User, receiver: Receiver) -> None:
    damaged, working = create_many(support, receiver.url, receiver.url)
    damaged.endpoint.secrets.update(envelope=b"lost")

    run(damaged, working)

    assert [request.headers["webhook-id"] for request in receiver.taken] == [working.event.name]
    damaged.refresh_from_db()
    assert (damaged.delivered_at, damaged.failures) == (None, 1)
    assert damaged.failure.startswith("Undecryptable")


def test_receiver_that_does_not_answer_delays_no_record_of_the_others(support: User, receiver: Receiver) -> None:
    with Receiver() as silent, ThreadPoolExecutor(1) as workers:
        silent.is_open.clear()
        deliveries = create_many(support, silent.url, receiver.url, receiver.url)
        working = workers.submit(run, *deliveries)

        wait_until(lambda: WebhookDelivery.objects.filter(delivered_at__isnull=False).count() == 2, "the others are")
        silent_is_waiting = not working.done()
        silent.is_open.set()

        working.result()
        assert silent_is_waiting
    assert all(WebhookDelivery.objects.get(pk=delivery.pk).delivered_at for delivery in deliveries)


def test_answer_that_came_after_the_lease_was_lost_is_not_recorded(support: User, receiver: Receiver) -> None:
    receiver.is_open.clear()
    lost, held = create_many(support, receiver.url, receiver.url)
    with ThreadPoolExecutor(1) as workers:
        working = workers.submit(run, lost, held)
        wait_until(lambda: len(receiver.taken) == 2, "the worker sends")
        WebhookDelivery.objects.filter(pk=lost.pk).update(lease_token="00000000-0000-0000-0000-000000000001")
        receiver.is_open.set()
        working.result()

    lost.refresh_from_db()
    held.refresh_from_db()
    assert (lost.state, lost.delivered_at, held.state) == ("running", None, "done")


def test_worker_that_stops_hands_back_all_that_it_sends(support: User, receiver: Receiver) -> None:
    receiver.is_open.clear()
    deliveries = create_many(support, receiver.url, receiver.url)
    with ThreadPoolExecutor(1) as workers:
        working = workers.submit(run, *deliveries)
        wait_until(lambda: len(receiver.taken) == 2, "the worker sends")
        hand_back()
        # Its requests are at the endpoints until it ends, and each of them gets one at a time.
        assert WebhookDelivery.objects.turns_at(WebhookEndpoint.objects.all()) == []
        WebhookDelivery.objects.update(lease_until=timezone.now())
        assert set(WebhookDelivery.objects.turns_at(WebhookEndpoint.objects.all())) == {row.pk for row in deliveries}
        assert not WebhookDelivery.objects.filter(failures__gt=0).exists()
        receiver.is_open.set()
        working.result()


def test_delivery_whose_worker_died_is_tried_alone(support: User, receiver: Receiver) -> None:
    """The death counts for all that the worker was sending, and one of them may be its reason."""
    first, second, third = create_many(support, *[receiver.url] * 3)
    killed = WebhookDelivery.objects.filter(pk__in=[first.pk, second.pk])
    WebhookDelivery.objects.claim_turns([first.pk, second.pk])
    killed.update(lease_until=timezone.now())
    broker().delete("webhooks")

    run(first, second, third)

    assert [request.headers["webhook-id"] for request in receiver.taken] == [third.event.name]
    assert broker().llen("webhooks") >= 2
    run(first)
    assert killed.filter(state="done").count() == 1


def test_delivery_that_a_killed_worker_left_waits_although_its_endpoint_was_disabled(
    support: User, receiver: Receiver
) -> None:
    [left] = create_many(support, receiver.url)
    WebhookDelivery.objects.claim_turns([left.pk])
    endpoint_disable(endpoint=left.endpoint, actor=support)
    sweep()
    left.refresh_from_db()
    assert left.state == "running"

    WebhookDelivery.objects.update(lease_until=timezone.now())
    sweep()

    left.refresh_from_db()
    assert (left.state, left.lease_token) == ("queued", None)
    endpoint_enable(endpoint=left.endpoint, actor=support)
    run(left)
    assert receiver.taken


@pytest.fixture
def refuses_status_299() -> Iterator[None]:
    """Let the database refuse a delivery with this status."""
    table = f"ALTER TABLE {WebhookDelivery._meta.db_table}"
    with database.cursor() as cursor:
        cursor.execute(f"{table} ADD CONSTRAINT not_299 CHECK (status <> 299)")
        yield
        cursor.execute(f"{table} DROP CONSTRAINT not_299")


@pytest.mark.usefixtures("refuses_status_299")
def test_answer_that_cannot_be_stored_stops_no_other(support: User, receiver: Receiver) -> None:
    receiver.statuses = [200, 299, 200]
    deliveries = create_many(support, *[receiver.url] * 3)

    run(*deliveries)

    assert WebhookDelivery.objects.filter(status=200, state="done").count() == 2
    assert WebhookDelivery.objects.get(failures=1).delivered_at is None


def test_message_names_many_endpoints(support: User, receiver: Receiver) -> None:
    create_many(support, *[receiver.url] * (BATCH + 1))
    broker().delete("webhooks")
    sweep()
    assert broker().llen("webhooks") == 2
