"""Real workers deliver to real receivers: killed during a delivery, two at once, and beside a receiver that is slow."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection as database

from accounts.models import User
from api.models import WebhookDelivery, WebhookEndpoint
from api.tasks import webhook_delivery_run
from tests.api.webhooks.conftest import create_deliveries, create_endpoint, is_done
from tests.support.processes import wait_until
from tests.support.receiver import Receiver
from tests.support.stack import Worker

pytestmark = pytest.mark.django_db(transaction=True)


def test_event_arrives_although_its_worker_is_killed(
    endpoint: WebhookEndpoint, receiver: Receiver, worker: Worker
) -> None:
    receiver.is_open.clear()
    [delivery] = create_deliveries(endpoint)
    wait_until(lambda: receiver.taken, "the worker sends")
    worker.kill9()
    receiver.is_open.set()

    worker.start()

    wait_until(is_done, "another worker delivers it")
    delivery.refresh_from_db()
    assert delivery.attempts == 2
    # The receiver cannot know it from the requests alone, but by their ID.
    assert len({request.headers["webhook-id"] for request in receiver.taken}) == 1


def test_simultaneous_workers_send_events_once_and_in_order(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    deliveries = create_deliveries(endpoint, 6)

    def run(number: int) -> None:
        webhook_delivery_run(deliveries[number % 6].pk)
        database.close()

    while not is_done():
        with ThreadPoolExecutor(8) as workers:
            list(workers.map(run, range(24)))

    sent = [request.headers["webhook-id"] for request in receiver.taken]
    assert sent == [delivery.event.name for delivery in deliveries]
    assert receiver.most_at_once == 1


def test_silent_and_dead_receivers_delay_no_other(support: User, receiver: Receiver, worker: Worker) -> None:
    with Receiver() as silent:
        silent.is_open.clear()
        stuck, _secret = create_endpoint(support, silent.url)
        dead, _secret = create_endpoint(support, "http://127.0.0.1:1/")
        working, _secret = create_endpoint(support, receiver.url)
        for endpoint in (stuck, dead):
            create_deliveries(endpoint, 12)  # more than the worker has threads

        create_deliveries(working, 12)

        wait_until(lambda: len(receiver.taken) == 12, "the others are delivered", patience=5)
        assert len(silent.taken) == 1
    assert not WebhookDelivery.objects.filter(endpoint=dead, delivered_at__isnull=False).exists()
