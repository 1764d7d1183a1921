"""Every kind of work ends, even if it always crashes or its worker is always killed."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from audit.models import AuditEvent
from core.leases import LeasedRow
from core.work import MOST_FAILURES, attempt
from mail.models import Email
from tests.core.leases.kinds import KINDS, Kind
from tests.wizard.pages.reading import words
from wizard.models import Incident, SyncProfile

pytestmark = pytest.mark.django_db


@pytest.fixture(params=KINDS.values(), ids=list(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    kind: Kind = request.param
    return kind


@pytest.fixture
def row(kind: Kind, profile: SyncProfile, administrator: User, support: User) -> LeasedRow:
    return kind.begin(profile)


@pytest.fixture
def crashing(settings: Settings) -> None:
    """Set up the deployment wrongly, so that every kind of work raises an unexpected error."""
    settings.INTACCT_SENDER_PASSWORD = 5
    settings.MAIL_TRANSPORT = "nowhere.Backend"


def read(row: LeasedRow) -> LeasedRow:
    row.refresh_from_db()
    return row


def end_pause(row: LeasedRow) -> None:
    type(row)._base_manager.filter(pk=row.pk).update(due_at=None, lease_until=None)


def kill_worker(row: LeasedRow) -> None:
    """Leave the row as a killed worker does: claimed, with an expired lease."""
    assert type(row).objects.claim(row.pk)
    type(row)._base_manager.filter(pk=row.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def crash(kind: Kind, row: LeasedRow, times: int) -> None:
    for _ in range(times):
        kind.task(row.pk)
        end_pause(row)


def assert_ended_and_notified(kind: Kind, row: LeasedRow, support: User) -> None:
    client = Client()
    client.force_login(support)

    assert not read(row).is_active
    assert AuditEvent.objects.filter(action=kind.action).count() == 1
    assert kind.words in words(client.get(kind.page(row)))
    if kind.email:
        assert Email.objects.filter(kind=kind.email).exists()


def test_work_that_always_crashes_ends(kind: Kind, row: LeasedRow, crashing: None, support: User) -> None:
    crash(kind, row, MOST_FAILURES - 1)
    assert read(row).is_active
    assert row.failures == MOST_FAILURES - 1

    crash(kind, row, 1)
    assert_ended_and_notified(kind, row, support)


def test_work_whose_workers_are_always_killed_ends(kind: Kind, row: LeasedRow, support: User) -> None:
    for _ in range(MOST_FAILURES):
        kill_worker(row)
    assert read(row).is_active

    kind.task(row.pk)
    assert_ended_and_notified(kind, row, support)


def test_failed_attempt_is_retried_after_a_pause(kind: Kind, row: LeasedRow, crashing: None) -> None:
    kind.task(row.pk)
    assert read(row).lease_until is None
    assert not type(row).objects.due().exists()

    kind.task(row.pk)
    assert read(row).attempts == 1

    crash(kind, row, 1)
    assert read(row).attempts == 1
    crash(kind, row, 1)
    assert read(row).attempts == 2


def test_the_last_failure_names_the_error_and_its_line_but_no_value(kind: Kind, row: LeasedRow, crashing: None) -> None:
    kind.task(row.pk)

    assert read(row).failure.split(" at ")[0] in ("TypeError", "ModuleNotFoundError")
    assert ".py:" in row.failure
    assert "nowhere" not in row.failure


def test_lines_of_the_log_about_errors_name_the_row(
    kind: Kind, row: LeasedRow, crashing: None, caplog: pytest.LogCaptureFixture
) -> None:
    crash(kind, row, MOST_FAILURES)

    errors = [record for record in caplog.records if record.levelname == "ERROR" and record.name == "core.work"]
    assert len(errors) == MOST_FAILURES + 1
    assert all(vars(record).items() >= {"kind": row.work_kind, "row": row.pk}.items() for record in errors)


def test_work_ends_even_if_the_notification_fails(kind: Kind, row: LeasedRow, crashing: None, support: User) -> None:
    """The cause of the failed work, such as a user with an unknown time zone, may make the email fail too."""
    User.objects.update(time_zone="US/Pacific-New")
    crash(kind, row, MOST_FAILURES)

    assert not read(row).is_active


def test_work_that_was_given_up_can_be_started_again(kind: Kind, row: LeasedRow, crashing: None) -> None:
    crash(kind, row, MOST_FAILURES)

    assert read(row).failures == 0


def test_two_profiles_that_fail_open_two_incidents(profile: SyncProfile, support: User, crashing: None) -> None:
    run = KINDS["sync run"].begin(profile)
    crash(KINDS["sync run"], run, MOST_FAILURES)
    verification = KINDS["verification"].begin(profile)
    crash(KINDS["verification"], verification, MOST_FAILURES)

    assert {*Incident.objects.open().values_list("check_slug", flat=True)} == {f"sync.{profile.pk}", "verification"}


def test_failure_of_an_attempt_whose_row_another_worker_has_is_not_saved(
    row: LeasedRow, caplog: pytest.LogCaptureFixture
) -> None:
    claimed = type(row).objects.claim(row.pk)
    assert claimed

    def fail(claimed: LeasedRow) -> None:
        end_pause(claimed)
        assert type(row).objects.claim(row.pk)
        raise ValueError

    attempt(claimed, fail, end=lambda row: None, notify=lambda row: None)

    assert read(row).failure == ""
    assert "stays as it is" not in caplog.text
