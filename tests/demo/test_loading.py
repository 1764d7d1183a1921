"""What `manage.py demo` loads is what the product itself would have written."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings
from time_machine import travel

from accounts.models import Customer, Role, RoleAssignment, User
from api.models import ApiKey, WebhookDelivery, WebhookEndpoint
from audit.models import AuditEvent, first_broken_event
from beanworks_connect.demo.integrations import PAYABLES, REPORTING
from beanworks_connect.demo.requests import decision_times
from beanworks_connect.demo.stories import BROKEN, DISCONNECTED, INCOMPLETE, STORIES
from beanworks_connect.demo.team import ACCOUNTS, PASSWORD
from beanworks_connect.demo.times import HOURS
from mail.models import Email, Notification
from operations.board import Health, board_connections, board_rows
from operations.charts import service_weeks
from operations.contacts import contacts_of
from smartsync.models import ListItem, ListRun, SyncRun
from wizard.models import Connection, SyncProfile
from wizard.services import connection_refresh
from wizard.stages import STAGES

pytestmark = pytest.mark.usefixtures("demonstration")


@pytest.fixture(scope="module")
def _demonstration(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """Load it once for all tests. Each of them is rolled back to here."""
    with django_db_blocker.unblock(), transaction.atomic():
        with CaptureQueriesContext(connection) as queries:
            call_command("demo", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as a commit would
        yield len(queries)
        transaction.set_rollback(True)


@pytest.fixture
def demonstration(_demonstration: int, db: None) -> int:
    """Return how many queries loading took."""
    return _demonstration


def state() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Customer, User, RoleAssignment, Connection)]


def test_second_start_changes_nothing() -> None:
    before = state()
    call_command("demo")
    assert state() == before


def test_board_and_contact_agree_on_when_a_user_was_seen() -> None:
    connection = Connection.objects.get(customer__name=DISCONNECTED)
    [row] = board_rows([connection])
    [contact] = contacts_of(connection.customer)
    assert row.active_at == contact.last_seen_at


def test_customers_and_managers_have_unread_notifications() -> None:
    unread = Notification.objects.unread()
    assert {*unread.values_list("user__kind", flat=True)} >= {"customer", "customer_success"}
    assert not unread.filter(created_at__gt=timezone.now() - timedelta(minutes=1)).exists()


def test_loading_takes_few_queries(demonstration: int) -> None:
    """Two more for each customer are too many. A row at a time would take more than twenty thousand.

    How many it takes depends on the day and the hour, since stories begin on working days: 1,026 to 1,075.
    """
    assert demonstration < 1026 + 2 * Customer.objects.count()


def test_every_step_has_connections_and_every_role_has_a_user() -> None:
    assert 30 <= Customer.objects.count() <= 40
    assert set(Connection.objects.values_list("stage", flat=True)) == set(STAGES)
    assert set(RoleAssignment.objects.values_list("role", flat=True)) == set(Role)
    assert set(User.objects.values_list("kind", flat=True)) == set(User.Kind)
    assert set(User.objects.values_list("language", flat=True)) == {"en", "fr-ca"}


def test_steps_are_those_that_the_product_computes() -> None:
    before = list(Connection.objects.order_by("pk").values())
    for row in Connection.objects.all():
        connection_refresh(connection=row)
    assert list(Connection.objects.order_by("pk").values()) == before


def test_audit_log_is_intact_and_starts_in_the_past() -> None:
    assert first_broken_event() is None
    assert AuditEvent.objects.earliest("occurred_at") == AuditEvent.objects.earliest("pk")


def test_events_of_the_past_say_what_came_out() -> None:
    sentences = {event.sentence for event in AuditEvent.objects.filter(action="verification.finished")}
    assert "Verification finished: not recorded" not in sentences
    assert len(sentences) > 5
    outcomes = AuditEvent.objects.filter(action="sync_run.finished").exclude(outcome="success")
    assert Counter(event.metadata["result"] for event in outcomes) == {"incomplete": 1, "failed": 1}


def test_one_sync_is_incomplete_one_connection_is_broken_and_one_disconnected() -> None:
    connections = board_connections(User.objects.get(name="Sam Support"))
    by_health: dict[str, list[str]] = {}
    for row in connections:
        by_health.setdefault(row.health, []).append(row.customer.name)  # type: ignore[attr-defined]

    assert by_health[Health.TROUBLED] == [INCOMPLETE]
    assert by_health[Health.BROKEN] == [BROKEN]
    assert by_health[Health.DISCONNECTED] == [DISCONNECTED]
    assert len(by_health[Health.IN_STEP]) >= 6


def test_requests_wait_in_every_state_and_most_weeks_have_a_decision() -> None:
    waiting = Counter(SyncProfile.objects.for_queue().values_list("state", flat=True))
    weeks = service_weeks(SyncProfile.objects.all(), HOURS)

    assert set(waiting) == set(SyncProfile.WAITING)
    assert sum(bool(week.times) for week in weeks) > 9


def test_entity_is_requested_again_only_after_it_was_declined() -> None:
    """Support decides on working days, so decisions of a weekend are all on the Friday before it."""
    stories = [story for story in STORIES if story.declined and story.decided]

    for day in range(365):
        with travel(datetime(2026, 3, 2, 18, tzinfo=UTC) + timedelta(days=day), tick=False):
            for story in stories:
                _requested_at, declined_at = decision_times(0, story.declined)
                requested_at, _decided_at = decision_times(0, story.decided[0])
                assert declined_at < requested_at, story.name


def test_one_profile_is_revoked_and_one_waits_for_another_level() -> None:
    assert SyncProfile.objects.filter(state=SyncProfile.State.REVOKED).count() == 1
    assert SyncProfile.objects.for_queue().exclude(replaces=None).count() == 1


def test_only_the_sync_of_the_night_in_which_it_broke_failed() -> None:
    runs = SyncRun.objects.filter(result=SyncRun.Result.FAILED)
    assert [run.profile.connection.customer.name for run in runs] == [BROKEN]


def test_lists_have_as_many_records_as_the_syncs_read() -> None:
    runs = SyncRun.objects.filter(kind=SyncRun.Kind.FULL)
    assert ListItem.objects.count() == sum(ListRun.objects.filter(run__in=runs).values_list("new", flat=True))


def test_one_email_bounced_and_all_others_were_sent() -> None:
    assert Email.objects.undelivered().count() == 1
    assert not Email.objects.active().exists()


def test_a_key_works_and_webhooks_were_delivered_and_lost() -> None:
    results = Counter(delivery.result for delivery in WebhookDelivery.objects.all())

    assert {key.name: key.is_usable for key in ApiKey.objects.all()} == {PAYABLES: True, REPORTING: False}
    assert {endpoint.description: endpoint.is_enabled for endpoint in WebhookEndpoint.objects.all()} == {
        PAYABLES: True,
        REPORTING: False,
    }
    assert results["delivered"] >= 3
    assert (results["failed"], results["waiting"]) == (1, 0)


@pytest.mark.parametrize("account", [account for group in ACCOUNTS.values() for account in group])
def test_listed_users_can_sign_in(account: Any) -> None:
    assert Client().login(email=account.email, password=PASSWORD)


def test_command_prints_who_can_sign_in(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("demo", "--who")
    shown = capsys.readouterr().out
    assert all(account.email in shown for group in ACCOUNTS.values() for account in group)


def test_demonstration_is_refused_outside_practice_mode(settings: Settings) -> None:
    settings.PRACTICE = False
    with pytest.raises(CommandError, match="practice mode only"):
        call_command("demo")
