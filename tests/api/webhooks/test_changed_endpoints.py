"""What users do to an endpoint while a worker waits for its receiver."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection as database
from django.db import transaction

from accounts.models import User
from api.keys import key_revoke
from api.models import ApiKey, WebhookDelivery, WebhookEndpoint
from api.tasks import webhook_delivery_run
from api.webhooks.endpoints import endpoint_change, endpoint_create, endpoint_delete, endpoint_disable
from audit.models import AuditEvent
from core.errors import Refused
from tests.api.client import create_token
from tests.support.postgresql import is_lock_awaited
from tests.support.processes import wait_until
from tests.support.receiver import Receiver

from .conftest import create_deliveries

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def during_a_delivery(endpoint: WebhookEndpoint, receiver: Receiver, *statuses: int) -> Iterator[WebhookDelivery]:
    """Yield a delivery while the receiver has its request. It answers at the end."""
    receiver.statuses = list(statuses)
    [delivery] = create_deliveries(endpoint)
    receiver.is_open.clear()

    def run() -> None:
        webhook_delivery_run(delivery.pk)
        database.close()

    with ThreadPoolExecutor(1) as workers:
        workers.submit(run)
        wait_until(lambda: receiver.taken, "the worker sends")
        try:
            yield delivery
        finally:
            receiver.is_open.set()


def test_endpoint_of_a_key_that_is_revoked_at_the_same_time_is_disabled(support: User) -> None:
    create_token(support)
    key = ApiKey.objects.get()

    def revoke() -> None:
        key_revoke(key=key, actor=support)
        database.close()

    with ThreadPoolExecutor(1) as workers, transaction.atomic():
        endpoint_create(
            actor=None, key=key, url="http://127.0.0.1:1/", description="", event_types=["run.failed"], customer=None
        )
        revoked = workers.submit(revoke)
        wait_until(lambda: is_lock_awaited() or revoked.done(), "the key is being revoked")

    assert WebhookEndpoint.objects.get().disabled_reason == "key_revoked"
    with pytest.raises(Refused):
        endpoint_create(actor=None, key=key, url="http://127.0.0.1:1/", description="", event_types=[], customer=None)


@pytest.mark.parametrize("status", [204, 500])
def test_deleted_endpoint_is_no_error(
    endpoint: WebhookEndpoint, receiver: Receiver, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    with during_a_delivery(endpoint, receiver, status):
        endpoint_delete(endpoint=WebhookEndpoint.objects.get(pk=endpoint.pk), actor=None)

    assert not WebhookDelivery.objects.exists()
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


def test_endpoint_that_its_owner_disabled_is_not_disabled_again(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    with during_a_delivery(endpoint, receiver, 410):
        endpoint_disable(endpoint=endpoint, actor=None)

    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == "by_owner"
    assert AuditEvent.objects.filter(action="webhook.disabled").count() == 1


def test_failure_of_the_old_url_does_not_count_for_the_new_one(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    with during_a_delivery(endpoint, receiver, 410) as delivery:
        endpoint_change(endpoint=endpoint, actor=None, url=f"{receiver.url}&new=1")

    endpoint.refresh_from_db()
    assert (endpoint.is_enabled, endpoint.failures) == (True, 0)
    webhook_delivery_run(delivery.pk)
    assert [request.path for request in receiver.taken] == ["/hooks?of=beanworks", "/hooks?of=beanworks&new=1"]
