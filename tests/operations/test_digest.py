"""The weekly digest of customer success managers, and the escalation of requests."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection as database
from django.utils import timezone
from time_machine import travel

from accounts.models import User
from mail.models import Email, OptOut
from operations.digest import LISTED, digests_send
from operations.support.escalation import escalate_requests
from wizard.models import Connection, SupportSettings, SyncProfile
from wizard.models.support_settings import deployment_defaults

pytestmark = pytest.mark.django_db
VANCOUVER = ZoneInfo("America/Vancouver")
MONDAY = datetime(2026, 11, 30, 8, 30, tzinfo=VANCOUVER)
Make = Callable[..., Connection]


@pytest.fixture
def customers(make: Make, success: User) -> None:
    with travel(MONDAY):
        make("Stuck Ltd", days=9, manager=success)
        make("Broken Ltd", manager=success, broken_since=timezone.now(), first_synced_at=timezone.now() - timedelta(90))
        make("Live Ltd", manager=success, must_act="no_one", first_synced_at=timezone.now() - timedelta(2))
        make("Quiet Ltd", manager=success, days=2)
        make("Not mine Ltd", days=9)


def digests() -> list[Email]:
    digests_send()
    return list(Email.objects.filter(kind="weekly_digest"))


def test_digest_names_customers_that_are_stuck_broken_or_went_live(customers: None, success: User) -> None:
    with travel(MONDAY):
        (email,) = digests()

    assert email.address == success.email
    for words in (
        "1 connection is broken:\n\n- Broken Ltd",
        "for 7 days or more:\n\n- Stuck Ltd",
        "7 days:\n\n- Live Ltd",
    ):
        assert words in email.text
    assert "Quiet" not in email.text
    assert "Not mine" not in email.text


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_digest(customers: None) -> None:
    def work(_number: int) -> None:
        digests_send()
        database.close()

    with travel(MONDAY, tick=True), ThreadPoolExecutor(3) as threads:
        list(threads.map(work, range(3)))
        digests_send()
    assert Email.objects.filter(kind="weekly_digest").count() == 1


@pytest.mark.parametrize("hours", [-1, 4, 24, 24 * 6], ids=["too early", "afternoon", "Tuesday", "Sunday"])
def test_digest_is_sent_only_on_monday_morning(customers: None, hours: int) -> None:
    with travel(MONDAY + timedelta(hours=hours)):
        assert digests() == []


def test_monday_begins_in_the_zone_of_the_reader(customers: None, success: User) -> None:
    User.objects.filter(pk=success.pk).update(time_zone="America/Halifax")
    with travel(MONDAY):
        assert digests() == []
    with travel(MONDAY - timedelta(hours=4)):
        assert len(digests()) == 1


def test_nothing_to_report_sends_nothing(make: Make, success: User) -> None:
    with travel(MONDAY):
        make("Quiet Ltd", manager=success, days=2)
        assert digests() == []


def test_digest_can_be_turned_off(customers: None, success: User) -> None:
    OptOut.objects.create(user=success, kind="weekly_digest")
    with travel(MONDAY):
        assert digests() == []


def test_long_digest_is_cut(make: Make, success: User) -> None:
    with travel(MONDAY):
        for number in range(LISTED + 2):
            make(f"Customer {number}", days=9, manager=success)
        (email,) = digests()
    assert "22 customers have been stuck" in email.text
    assert "- 2 more" in email.text


@pytest.mark.parametrize(("hours", "emails"), [(10, 0), (9, 1)])
def test_request_that_waits_for_too_long_is_escalated_once(
    waiting: SyncProfile, success: User, hours: int, emails: int
) -> None:
    monday = datetime(2026, 11, 23, 9, tzinfo=VANCOUVER)
    SyncProfile.objects.update(requested_at=monday)
    SupportSettings.objects.create(**deployment_defaults(), escalation_hours=hours, escalation_to=success)

    with travel(monday + timedelta(days=1, hours=1, minutes=30)):
        escalate_requests()
        escalate_requests()
    assert [email.address for email in Email.objects.filter(kind="request_escalated")] == [success.email] * emails


def test_escalation_reaches_support_if_its_reader_is_gone(waiting: SyncProfile, success: User, support: User) -> None:
    SyncProfile.objects.update(requested_at=timezone.now() - timedelta(days=9))
    SupportSettings.objects.create(**deployment_defaults(), escalation_hours=1, escalation_to=success)
    User.objects.filter(pk=success.pk).update(is_active=False)

    escalate_requests()
    assert Email.objects.get(kind="request_escalated").address == support.email
