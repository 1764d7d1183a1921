"""Daily monitoring of connections in use, and the incidents that it opens."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import LegalEntity
from audit.models import AuditEvent
from intacct.maintenance import next_window
from mail.models import Email
from tests.wizard.pages.reading import words
from tests.wizard.practice_connection import PracticeConnection, failed
from wizard.models import Connection, Finding, Incident, SyncProfile, Verification
from wizard.services import monitoring_dispatch
from wizard.services.monitoring import monitoring_time, update_incidents

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_waits_between_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intacct.transport.DELAYS", (0.0,))


def set_next_check(at: datetime | None) -> None:
    Connection.objects.update(next_check_at=at)


def browser_of(practice_connection: PracticeConnection) -> Client:
    browser = Client()
    browser.force_login(practice_connection.actor)
    return browser


def an_hour_ago() -> datetime:
    return timezone.now() - timedelta(hours=1)


def events() -> list[str]:
    return [event.action for event in AuditEvent.objects.filter(action__startswith="incident").order_by("pk")]


def test_removed_permission_is_an_incident_until_it_is_granted_again(in_use: PracticeConnection) -> None:
    in_use.control("permissions", revoke=["vendors"])
    in_use.verify_again()
    in_use.verify_again()
    incident = Incident.objects.get()
    assert (incident.check_slug, incident.stage, incident.cause) == ("perm.vendors", "user_role", "right_missing")
    assert incident.last_passed_at
    assert incident.last_passed_at < incident.since
    assert Connection.objects.get().broken_since == incident.since
    assert list(Incident.objects.for_board()) == [incident]
    in_use.control("permissions", grant=["vendors"])
    in_use.verify_again()
    incident.refresh_from_db()
    assert incident.closed_at
    assert Connection.objects.get().broken_since is None
    assert not Incident.objects.for_board().exists()
    assert events() == ["incident.opened", "incident.closed"]


def test_failed_new_check_is_an_incident(in_use: PracticeConnection) -> None:
    Finding.objects.filter(check_slug="perm.vendors").delete()
    in_use.control("permissions", revoke=["vendors"])

    in_use.verify_again()

    incident = Incident.objects.get()
    assert (incident.check_slug, incident.last_passed_at) == ("perm.vendors", None)
    mail = Email.objects.filter(kind="incident_opened").first()
    assert mail
    assert "Beanworks now also checks the following" in " ".join(mail.text.split())
    assert "worked before" not in mail.text
    page = browser_of(in_use).get(reverse("wizard:stage", args=[in_use.connection.pk, "user_role"]))
    assert "A permission for Vendors in Accounts Payable is missing" in words(page)
    assert "Last passed" not in words(page)

    in_use.control("permissions", grant=["vendors"])
    in_use.verify_again()
    assert not Incident.objects.open().exists()


def test_check_that_never_passed_is_not_an_incident(
    practice_connection: PracticeConnection, legal_entity: LegalEntity
) -> None:
    practice_connection.id = "HARBOUR-MILLS"
    practice_connection.verify()
    SyncProfile.objects.create(
        connection=practice_connection.connection,
        legal_entity=legal_entity,
        state="approved",
        decided_at=timezone.now(),
    )
    assert failed(practice_connection.verify_again())
    assert not Incident.objects.exists()


def test_connection_not_in_use_has_no_incidents(practice_connection: PracticeConnection) -> None:
    practice_connection.verify()
    practice_connection.control("permissions", revoke=["vendors"])
    assert failed(practice_connection.verify_again())
    assert not Incident.objects.exists()


def test_a_changed_password_is_one_incident(in_use: PracticeConnection) -> None:
    in_use.control("", users={"Beanworks": {"password": "changed"}})
    in_use.verify_again()
    assert [incident.check_slug for incident in Incident.objects.open()] == ["sign_in"]


def test_unavailable_gateway_is_retried_within_an_hour_without_an_incident(in_use: PracticeConnection) -> None:
    in_use.control("fault", name="unavailable")
    in_use.verify_again()
    assert not Incident.objects.exists()
    next_check = Connection.objects.get().next_check_at
    assert next_check
    assert next_check < timezone.now() + timedelta(hours=1, seconds=1)


def test_failure_after_an_unavailable_gateway_is_still_an_incident(in_use: PracticeConnection) -> None:
    in_use.control("fault", name="unavailable")
    in_use.verify_again()
    in_use.remove_fault()
    in_use.control("permissions", revoke=["vendors"])
    in_use.verify_again()
    assert [incident.check_slug for incident in Incident.objects.open()] == ["perm.vendors"]


def test_check_has_at_most_one_open_incident(in_use: PracticeConnection) -> None:
    row = {
        "connection": in_use.connection,
        "check_slug": "sign_in",
        "cause": "x",
        "is_check": True,
        "last_passed_at": timezone.now(),
    }
    Incident.objects.create(**row, closed_at=timezone.now())
    Incident.objects.create(**row)
    with pytest.raises(IntegrityError, match="one_open_incident"), transaction.atomic():
        Incident.objects.create(**row)


def test_connection_in_use_is_verified_once_a_day(in_use: PracticeConnection) -> None:
    set_next_check(an_hour_ago())
    monitoring_dispatch()
    monitoring_dispatch()
    assert Verification.objects.active().get().requested_by is None
    moment = Connection.objects.get().next_check_at
    assert moment
    assert timedelta(hours=12) < moment - timezone.now() <= timedelta(hours=36)


def test_time_set_by_a_wrong_clock_is_ignored(in_use: PracticeConnection) -> None:
    set_next_check(timezone.now() + timedelta(days=365))
    monitoring_dispatch()
    assert Verification.objects.active().exists()


def test_new_connection_first_gets_its_time_of_day(in_use: PracticeConnection) -> None:
    monitoring_dispatch()
    assert Connection.objects.get().next_check_at
    assert not Verification.objects.active().exists()


def test_monitoring_does_not_retry_a_refused_password(in_use: PracticeConnection) -> None:
    in_use.control("", users={"Beanworks": {"password": "changed"}})
    in_use.verify_again()
    set_next_check(an_hour_ago())
    monitoring_dispatch()
    assert not Verification.objects.active().exists()


def test_connection_not_in_use_is_not_monitored(practice_connection: PracticeConnection) -> None:
    practice_connection.verify()
    set_next_check(an_hour_ago())
    monitoring_dispatch()
    assert not Verification.objects.active().exists()


def test_times_of_many_connections_are_spread_over_the_day() -> None:
    now = datetime(2026, 5, 4, 9, 12, tzinfo=UTC)
    moments = [monitoring_time(Connection(pk=pk), now) for pk in range(2400)]
    hours = [sum(moment.hour == hour for moment in moments) for hour in range(24)]
    assert min(hours) > 50
    assert all(now < moment <= now + timedelta(days=1) for moment in moments)
    assert monitoring_time(Connection(pk=7), moments[7]) == moments[7] + timedelta(days=1)


def test_page_shows_since_when_a_check_has_failed(in_use: PracticeConnection) -> None:
    in_use.control("permissions", revoke=["vendors"])
    in_use.verify_again()
    Incident.objects.update(last_passed_at="2026-05-03T15:00:00Z", since="2026-05-04T16:12:00Z")
    page = browser_of(in_use).get(reverse("wizard:stage", args=[in_use.connection.pk, "user_role"]))
    times = "Last passed on May 3, 2026, 8:00 a.m. , failing since May 4, 2026, 9:12 a.m."
    assert times in words(page)
    other = browser_of(in_use).get(reverse("wizard:stage", args=[in_use.connection.pk, "smart_sync"]))
    assert "To fix in another step" in words(other)
    assert times in words(other)
    assert reverse("wizard:stage", args=[in_use.connection.pk, "user_role"]) in page.content.decode()


@pytest.mark.parametrize(("in_maintenance", "opened"), [(True, 0), (False, 1)])
def test_unknown_refusal_during_the_maintenance_is_no_incident_yet(
    in_use: PracticeConnection, in_maintenance: bool, opened: int
) -> None:
    """It lasts more than an hour, which is otherwise long enough: see `UNKNOWN_LASTS_AFTER`."""
    friday_night = next_window(timezone.now()).start + timedelta(hours=2)
    last = friday_night if in_maintenance else friday_night + timedelta(hours=3)
    for at in (last - timedelta(hours=1, minutes=30), last):
        verification = Verification.objects.create(connection=in_use.connection, state="done", finished_at=at)
        finding = Finding.objects.create(
            verification=verification, check_slug="perm.vendors", stage="user_role", position=1,
            outcome="failed", cause="unknown",
        )  # fmt: skip
        Finding.objects.filter(pk=finding.pk).update(at=at)
        with time_machine.travel(at, tick=False):
            update_incidents(verification=verification, findings=[finding])

    assert Incident.objects.open().count() == opened
