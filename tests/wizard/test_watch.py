"""A connection in use is looked after: verified every day, and what breaks is told with since when."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import LegalEntity
from audit.models import AuditEvent
from mail.models import Mail
from tests.wizard_pages.reading import words
from wizard.models import Connection, Finding, Incident, SyncProfile, Verification
from wizard.services import watch_dispatch
from wizard.services.watching import watch_moment

from .place import Place, failed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_waits_between_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intacct.transport.DELAYS", (0.0,))


def due(at: datetime | None) -> None:
    Connection.objects.update(next_watch_at=at)


def browser_of(place: Place) -> Client:
    browser = Client()
    browser.force_login(place.actor)
    return browser


def an_hour_ago() -> datetime:
    return timezone.now() - timedelta(hours=1)


def events() -> list[str]:
    return [each.action for each in AuditEvent.objects.filter(action__startswith="incident").order_by("pk")]


def test_a_permission_that_is_gone_is_an_incident_until_it_is_back(in_use: Place) -> None:
    in_use.control("permissions", revoke=["vendors"])
    in_use.again()
    in_use.again()
    incident = Incident.objects.get()
    assert (incident.check_slug, incident.stage, incident.cause) == ("perm.vendors", "user_role", "right_missing")
    assert incident.good_at
    assert incident.good_at < incident.since
    assert Connection.objects.get().broken_since == incident.since
    assert list(Incident.objects.for_board()) == [incident]
    in_use.control("permissions", grant=["vendors"])
    in_use.again()
    incident.refresh_from_db()
    assert incident.closed_at
    assert Connection.objects.get().broken_since is None
    assert not Incident.objects.for_board().exists()
    assert events() == ["incident.opened", "incident.closed"]


def test_a_check_that_an_update_added_is_an_incident_when_it_fails(in_use: Place) -> None:
    Finding.objects.filter(check_slug="perm.vendors").delete()
    in_use.control("permissions", revoke=["vendors"])

    in_use.again()

    incident = Incident.objects.get()
    assert (incident.check_slug, incident.good_at) == ("perm.vendors", None)
    mail = Mail.objects.filter(kind="incident_opened").first()
    assert mail
    assert "This check is new." in mail.text
    assert "worked before" not in mail.text
    page = browser_of(in_use).get(reverse("wizard:stage", args=[in_use.connection.pk, "smart_sync"]))
    assert "Accounts Payable: Vendors · this check is new and has failed since" in words(page)

    in_use.control("permissions", grant=["vendors"])
    in_use.again()
    assert not Incident.objects.open().exists()


def test_what_never_passed_is_no_incident(place: Place, legal_entity: LegalEntity) -> None:
    place.id = "HARBOUR-MILLS"
    place.verify()
    SyncProfile.objects.create(
        connection=place.connection, legal_entity=legal_entity, state="approved", decided_at=timezone.now()
    )
    assert failed(place.again())
    assert not Incident.objects.exists()


def test_while_it_is_being_set_up_nothing_is_an_incident(place: Place) -> None:
    place.verify()
    place.control("permissions", revoke=["vendors"])
    assert failed(place.again())
    assert not Incident.objects.exists()


def test_a_changed_password_is_one_incident(in_use: Place) -> None:
    in_use.control("", users={"Beanworks": {"password": "changed"}})
    in_use.again()
    assert [each.check_slug for each in Incident.objects.open()] == ["sign_in"]


def test_a_gateway_out_of_order_is_no_incident_but_asked_again_within_the_hour(in_use: Place) -> None:
    in_use.control("fault", name="unavailable")
    in_use.again()
    assert not Incident.objects.exists()
    asked_again = Connection.objects.get().next_watch_at
    assert asked_again
    assert asked_again < timezone.now() + timedelta(hours=1, seconds=1)


def test_what_broke_behind_a_gateway_out_of_order_is_still_told_from_when_it_was_good(in_use: Place) -> None:
    in_use.control("fault", name="unavailable")
    in_use.again()
    in_use.calm()
    in_use.control("permissions", revoke=["vendors"])
    in_use.again()
    assert [each.check_slug for each in Incident.objects.open()] == ["perm.vendors"]


def test_one_check_has_one_open_incident(in_use: Place) -> None:
    row = {
        "connection": in_use.connection,
        "check_slug": "sign_in",
        "cause": "x",
        "is_check": True,
        "good_at": timezone.now(),
    }
    Incident.objects.create(**row, closed_at=timezone.now())
    Incident.objects.create(**row)
    with pytest.raises(IntegrityError, match="one_open_incident"), transaction.atomic():
        Incident.objects.create(**row)


def test_a_connection_in_use_is_verified_when_its_moment_has_come_and_not_again_that_day(in_use: Place) -> None:
    due(an_hour_ago())
    watch_dispatch()
    watch_dispatch()
    assert Verification.objects.active().get().requested_by is None
    moment = Connection.objects.get().next_watch_at
    assert moment
    assert timedelta(hours=12) < moment - timezone.now() <= timedelta(hours=36)


def test_a_moment_set_by_a_clock_that_was_ahead_is_not_waited_for(in_use: Place) -> None:
    due(timezone.now() + timedelta(days=365))
    watch_dispatch()
    assert Verification.objects.active().exists()


def test_a_new_one_is_given_its_moment_first(in_use: Place) -> None:
    watch_dispatch()
    assert Connection.objects.get().next_watch_at
    assert not Verification.objects.active().exists()


def test_a_refused_password_is_not_tried_again_by_itself(in_use: Place) -> None:
    in_use.control("", users={"Beanworks": {"password": "changed"}})
    in_use.again()
    due(an_hour_ago())
    watch_dispatch()
    assert not Verification.objects.active().exists()


def test_a_connection_that_is_not_in_use_is_left_alone(place: Place) -> None:
    place.verify()
    due(an_hour_ago())
    watch_dispatch()
    assert not Verification.objects.active().exists()


def test_the_moments_of_many_connections_are_spread_over_the_day() -> None:
    now = datetime(2026, 5, 4, 9, 12, tzinfo=UTC)
    moments = [watch_moment(Connection(pk=pk), now) for pk in range(2400)]
    hours = [sum(each.hour == hour for each in moments) for hour in range(24)]
    assert min(hours) > 50
    assert all(now < each <= now + timedelta(days=1) for each in moments)
    assert watch_moment(Connection(pk=7), moments[7]) == moments[7] + timedelta(days=1)


def test_the_customer_sees_what_broke_and_since_when_on_every_page(in_use: Place) -> None:
    in_use.control("permissions", revoke=["vendors"])
    in_use.again()
    Incident.objects.update(good_at="2026-05-03T15:00:00Z", since="2026-05-04T16:12:00Z")
    page = browser_of(in_use).get(reverse("wizard:stage", args=[in_use.connection.pk, "smart_sync"]))
    times = "in order on May 3, 2026, 8 a.m., not since May 4, 2026, 9:12 a.m."
    assert f"Accounts Payable: Vendors · {times}" in words(page)
    assert reverse("wizard:stage", args=[in_use.connection.pk, "user_role"]) in page.content.decode()
