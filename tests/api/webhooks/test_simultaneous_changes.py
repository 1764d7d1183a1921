"""An endpoint that is created or enabled while a change waits to be committed."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import connection as database
from django.db import transaction

from accounts.models import User
from api.event_types import EventType
from api.models import WebhookEndpoint
from api.webhooks import order
from api.webhooks.endpoints import endpoint_disable, endpoint_enable
from core.errors import Refused
from tests.support.postgresql import is_lock_awaited
from tests.support.processes import wait_until
from wizard.models import Connection
from wizard.services.incidents import close_incident, open_incident

from .conftest import create_endpoint
from .test_reports import types, work

pytestmark = pytest.mark.django_db(transaction=True)
URL = "http://127.0.0.1:1/"


def test_endpoint_is_refused_while_a_change_takes_too_long(support: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "LONGEST_WAIT", "10ms")

    def add() -> None:
        try:
            with pytest.raises(Refused, match="Try again in a minute"):
                create_endpoint(support, URL)
        finally:
            database.close()

    with ThreadPoolExecutor(1) as threads, transaction.atomic():
        order.wait_for_new_endpoints()
        threads.submit(add).result()
    assert not WebhookEndpoint.objects.exists()

    create_endpoint(support, URL)


def add_during_a_change(connection: Connection, add: Callable[[], object]) -> None:
    """Break the connection, and let another thread add an endpoint before that is committed. Make baselines first."""

    def run() -> None:
        try:
            add()
            work()
        finally:
            database.close()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            open_incident(connection=connection, slug="sync.1", cause="interrupted", stage="smart_sync")
            added: Future[None] = threads.submit(run)
            wait_until(lambda: is_lock_awaited() or added.done(), "the endpoint is being added")
        added.result()


def hears_the_end_only(connection: Connection) -> bool:
    """Whether the endpoint knows that the connection is broken: then it is restored."""
    close_incident(connection=connection, slug="sync.1")
    return EventType.CONNECTION_RESTORED in types()


def test_change_that_is_committed_while_an_endpoint_is_created_counts(connection: Connection, support: User) -> None:
    add_during_a_change(connection, lambda: create_endpoint(support, URL))
    assert hears_the_end_only(connection)


def test_change_that_is_committed_while_an_endpoint_is_enabled_counts(connection: Connection, support: User) -> None:
    endpoint, _secret = create_endpoint(support, URL)
    endpoint_disable(endpoint=endpoint, actor=None)
    work()
    add_during_a_change(connection, lambda: endpoint_enable(endpoint=WebhookEndpoint.objects.get(), actor=None))
    assert hears_the_end_only(connection)
