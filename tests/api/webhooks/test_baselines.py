"""What the first events report after a time in which no endpoint heard of a connection: only what changed since."""

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Customer, OrgUnit, User
from api.event_types import EventType
from api.models import ReportedState, WebhookEndpoint, WebhookEvent, WebhookTrigger
from api.webhooks import baselines
from api.webhooks.endpoints import endpoint_disable, endpoint_enable
from tests.api.webhooks.conftest import create_endpoint
from tests.smartsync.conftest import create_profile
from wizard.models import Connection, SyncProfile
from wizard.services.incidents import close_incident, open_incident

from .test_reports import change_records, finish_run, pass_every_check, record, types, work

pytestmark = pytest.mark.django_db
URL = "http://127.0.0.1:1/"


@pytest.fixture
def profile(connection: Connection, root: OrgUnit) -> SyncProfile:
    """A profile of a connection that works, with records, before any endpoint exists."""
    profile = create_profile(connection, root, "Hillside Canada")
    pass_every_check(connection)
    change_records(profile, "vendors", 1, 2)
    return profile


def test_first_event_of_an_old_connection_reports_only_what_changed(
    profile: SyncProfile, connection: Connection, support: User
) -> None:
    create_endpoint(support, URL)
    assert work() == []

    record("verification.finished", connection)
    assert work() == []

    open_incident(connection=connection, slug="sync.1", cause="interrupted", stage="smart_sync")
    assert set(types()) == {EventType.REQUIREMENT_ADDED, EventType.CONNECTION_BROKEN}


def test_first_records_event_of_an_old_profile_counts_only_what_changed(profile: SyncProfile, support: User) -> None:
    create_endpoint(support, URL)
    work()

    change_records(profile, "vendors", 2, name="New name")
    finish_run(profile, "complete")

    [data] = [data for name, data in work() if name == EventType.RECORDS_CHANGED]
    assert data["lists"] == [{"list": "vendors", "added": 0, "changed": 1, "deleted": 0}]
    assert data["cursor"]


def test_endpoint_that_was_disabled_for_weeks_hears_only_what_changes(
    profile: SyncProfile, connection: Connection, support: User
) -> None:
    endpoint, _secret = create_endpoint(support, URL)
    work()
    endpoint_disable(endpoint=endpoint, actor=None)
    open_incident(connection=connection, slug="sync.1", cause="interrupted", stage="smart_sync")
    change_records(profile, "vendors", 3)

    endpoint_enable(endpoint=WebhookEndpoint.objects.get(), actor=None)
    assert work() == []

    close_incident(connection=connection, slug="sync.1")
    finish_run(profile, "complete")
    assert set(types()) == {EventType.REQUIREMENT_RESOLVED, EventType.CONNECTION_RESTORED, EventType.RUN_COMPLETED}


def test_second_endpoint_changes_nothing_of_what_was_reported(profile: SyncProfile, support: User) -> None:
    create_endpoint(support, URL)
    work()
    create_endpoint(support, URL)
    create_endpoint(support, URL, customer=profile.connection.customer)
    assert not WebhookTrigger.objects.active().exists()
    assert ReportedState.objects.get().is_current


def test_endpoint_of_another_customer_hears_of_no_connection(profile: SyncProfile, support: User) -> None:
    create_endpoint(support, URL, customer=Customer.objects.create(name="Seaside"))
    assert not WebhookTrigger.objects.exists()


def test_change_before_the_baseline_is_reported(profile: SyncProfile, connection: Connection, support: User) -> None:
    """The worker looks after the change. It must not take what waits to be reported for what was always so."""
    create_endpoint(support, URL)
    open_incident(connection=connection, slug="sync.1", cause="interrupted", stage="smart_sync")

    assert EventType.CONNECTION_BROKEN in types()
    assert ReportedState.objects.get().is_current


def test_endpoint_that_is_not_created_after_all_changes_nothing(profile: SyncProfile, support: User) -> None:
    with transaction.atomic():
        create_endpoint(support, URL)
        transaction.set_rollback(True)
    assert not WebhookTrigger.objects.exists()


def test_baselines_are_made_in_batches_of_few_queries(support: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "BATCH", 4)
    customers = Customer.objects.bulk_create(Customer(name=f"Customer {number}") for number in range(10))
    Connection.objects.bulk_create(Connection(customer=customer) for customer in customers)
    create_endpoint(support, URL)

    with CaptureQueriesContext(database) as captured:
        work()

    assert ReportedState.objects.filter(is_current=True).count() == Connection.objects.count()
    assert len(captured) < 60
    assert not WebhookEvent.objects.exists()


def test_sequence_goes_on_after_a_baseline(profile: SyncProfile, connection: Connection, support: User) -> None:
    endpoint, _secret = create_endpoint(support, URL)
    work()
    open_incident(connection=connection, slug="sync.1", cause="interrupted", stage="smart_sync")
    before = [data["sequence"] for _name, data in work()]
    endpoint_disable(endpoint=endpoint, actor=None)
    endpoint_enable(endpoint=WebhookEndpoint.objects.get(), actor=None)
    work()
    close_incident(connection=connection, slug="sync.1")
    after = [data["sequence"] for _name, data in work()]
    assert sorted(before + after) == list(range(1, len(before + after) + 1))
