"""Reminders of a set-up that has stopped, and of a handover whose link is about to expire."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from time_machine import Traveller, travel

from accounts.models import User
from core.tokens import LinkToken
from mail.models import Email
from mail.services import choices_save
from wizard.models import Connection, Handover, StageProgress
from wizard.services import connection_start, handover_make, handover_open, reminders_send

pytestmark = pytest.mark.django_db
# A Monday, 10 a.m. in Vancouver.
MONDAY = datetime(2026, 3, 2, 18, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[Traveller]:
    with travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def started(clock: Traveller, administrator: User) -> Connection:
    return connection_start(customer=administrator.customer, actor=administrator)  # type: ignore[arg-type]


def reminders(kind: str = "setup_reminder") -> list[Email]:
    reminders_send()
    return list(Email.objects.filter(kind=kind).order_by("pk"))


def test_customer_is_reminded_three_times_at_growing_distance(started: Connection, clock: Traveller) -> None:
    days = []
    for day in range(60):
        clock.move_to(MONDAY + timedelta(days=day))
        before = Email.objects.count()
        reminders()
        reminders_send()
        days += [day] * (Email.objects.count() - before)

    # The fifth day is a Saturday.
    assert days == [7, 15, 35]


def test_reminder_names_the_next_step(started: Connection, clock: Traveller) -> None:
    clock.move_to(MONDAY + timedelta(days=7))

    [email] = reminders()

    assert "Continue with step 1: Pre-checks." in " ".join(email.text.split())
    assert f"/connection/{started.pk}/pre_checks/" in email.text
    assert "/account/emails/" in email.text


def test_change_ends_the_reminders_until_the_customer_stops_again(started: Connection, clock: Traveller) -> None:
    clock.move_to(MONDAY + timedelta(days=6))
    StageProgress.objects.create(connection=started, stage="sender_id")

    clock.move_to(MONDAY + timedelta(days=8))
    assert not reminders()

    clock.move_to(MONDAY + timedelta(days=14))
    assert len(reminders()) == 1


@pytest.mark.parametrize("hour", [-3, 8])
def test_no_reminder_comes_outside_office_hours(started: Connection, clock: Traveller, hour: int) -> None:
    clock.move_to(MONDAY + timedelta(days=7, hours=hour))

    assert not reminders()


@pytest.mark.parametrize("change", [{"must_act": "beanworks"}, {"first_synced_at": MONDAY}])
def test_no_reminder_while_the_customer_has_nothing_to_do(
    started: Connection, clock: Traveller, change: dict[str, object]
) -> None:
    Connection.objects.update(**change)
    clock.move_to(MONDAY + timedelta(days=7))

    assert not reminders()


def test_reminders_can_be_turned_off(started: Connection, clock: Traveller, administrator: User) -> None:
    choices_save(user=administrator, wanted=[])
    clock.move_to(MONDAY + timedelta(days=7))

    assert not reminders()


def test_link_in_a_reminder_turns_off_the_others(started: Connection, clock: Traveller, client: Client) -> None:
    clock.move_to(MONDAY + timedelta(days=7))
    [email] = reminders()
    [link] = re.findall(r"/account/emails/off/\S+", email.text)
    assert link in email.html

    client.post(link)
    clock.move_to(MONDAY + timedelta(days=15))

    assert reminders() == [email]


@pytest.fixture
def handed(started: Connection, administrator: User) -> Handover:
    handover, _token = handover_make(
        connection=started,
        actor=administrator,
        stages=["user_role", "sender_id"],
        name="Ida Intacct",
        email="ida@example.com",
        note="",
    )
    return handover


def test_guest_who_never_opened_the_link_gets_a_new_one_before_it_expires(handed: Handover, clock: Traveller) -> None:
    clock.move_to(MONDAY + timedelta(days=4))
    assert not reminders("handover_reminder")

    clock.move_to(MONDAY + timedelta(days=5))
    [email] = reminders("handover_reminder")
    assert reminders("handover_reminder") == [email]

    assert "- Sender ID" in email.text
    token = email.text.partition("/handover/")[2].partition("/")[0]
    assert Handover.objects.by_link(LinkToken(token).hash) == handed
    assert Handover.objects.get().expires_at == handed.expires_at


def test_opened_link_is_not_replaced_by_the_reminder(handed: Handover, clock: Traveller) -> None:
    handover_open(token_hash=handed.token_hash)
    clock.move_to(MONDAY + timedelta(days=5))

    [email] = reminders("handover_reminder")

    assert email.text.count("/handover/\n") == 1
    assert Handover.objects.by_link(handed.token_hash)


def test_maker_learns_of_an_expiring_link_with_open_steps(
    handed: Handover, clock: Traveller, administrator: User
) -> None:
    StageProgress.objects.create(connection=handed.connection, stage="sender_id", attested_at=MONDAY)
    clock.move_to(MONDAY + timedelta(days=5))

    [email] = reminders("handover_expiring")

    assert email.address == administrator.email
    assert "- Web Services user and role" in email.text
    assert "- Sender ID" not in email.text


def test_no_reminder_is_sent_when_all_steps_are_done(handed: Handover, clock: Traveller) -> None:
    for stage in handed.stages:
        StageProgress.objects.create(connection=handed.connection, stage=stage, attested_at=MONDAY)
    clock.move_to(MONDAY + timedelta(days=5))

    assert not reminders("handover_expiring")
    assert not reminders("handover_reminder")
