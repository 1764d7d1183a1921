"""Syncs and schedules that fall into Intacct's weekly maintenance: Fridays, 19:30 to 23:30 in Vancouver."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from mail.models import Email
from smartsync.maintenance import maintenance_words
from smartsync.models import ListRun, MissedRun, Schedule, SyncRun
from smartsync.services import schedule_create
from smartsync.services.notifications import missed_runs_notify, notify_run_ended
from tests.smartsync.test_services import create_ended_run
from tests.support.users import signed_in_client
from wizard.models import SyncProfile

pytestmark = pytest.mark.django_db
VANCOUVER = ZoneInfo("America/Vancouver")
# 20:00 in Vancouver, in the past at every moment at which the tests run
FRIDAY_NIGHT = datetime(2026, 2, 28, 4, tzinfo=UTC)
NOON = FRIDAY_NIGHT - timedelta(hours=8)
SENTENCE = "Intacct’s weekly maintenance was at that time: Friday, 7:30\xa0p.m. to 11:30\xa0p.m."


@pytest.fixture
def ready(profile: SyncProfile) -> SyncProfile:
    with time_machine.travel(NOON - timedelta(days=1), tick=False):
        create_ended_run(profile)
        create_ended_run(profile, "partial")
    return profile


def create_schedule(profile: SyncProfile, actor: User, at: time, **how: object) -> Schedule:
    choice = {"days": [4], "at": at, "time_zone": "America/Vancouver"} | how
    return schedule_create(profile=profile, actor=actor, **choice)  # type: ignore[arg-type]


def failed_run(profile: SyncProfile, at: datetime, cause: str = "no_connection", **fields: object) -> SyncRun:
    run = create_ended_run(profile, "partial", "failed")
    times = {"created_at": at, "started_at": at, "finished_at": at + timedelta(minutes=1)}
    SyncRun.objects.filter(pk=run.pk).update(cause=cause, **times | fields)
    run.refresh_from_db()
    return run


def text_of(kind: str) -> str:
    """The text of the email, on one line."""
    return Email.objects.get(kind=kind).text.replace("\n", " ")


@pytest.mark.parametrize(
    ("at", "every_hours", "zone", "times"),
    [
        (time(20), 24, "America/Vancouver", ["2026-02-27 20:00"]),
        (time(19), 24, "America/Vancouver", []),
        (time(19), 2, "America/Vancouver", ["2026-02-27 21:00", "2026-02-27 23:00"]),
        (time(22, 30), 24, "America/Toronto", ["2026-02-27 19:30"]),
        (time(23, 30), 24, "America/Vancouver", []),
    ],
)
def test_schedule_knows_its_times_during_maintenance(
    ready: SyncProfile, administrator: User, at: time, every_hours: int, zone: str, times: list[str]
) -> None:
    with time_machine.travel(NOON, tick=False):
        schedule = create_schedule(ready, administrator, at, every_hours=every_hours, time_zone=zone)

        assert [f"{moment.astimezone(VANCOUVER):%Y-%m-%d %H:%M}" for moment in schedule.in_maintenance] == times


def test_paused_schedule_and_one_with_an_unknown_zone_have_no_such_times(
    ready: SyncProfile, administrator: User
) -> None:
    schedule = create_schedule(ready, administrator, time(20))
    schedule.time_zone = "Nowhere/Town"
    assert schedule.in_maintenance == []

    schedule.time_zone, schedule.next_at = "America/Vancouver", None
    assert schedule.in_maintenance == []


def test_page_of_schedules_warns_in_the_users_zone(ready: SyncProfile, administrator: User) -> None:
    administrator.time_zone = "America/Halifax"
    administrator.save()
    with time_machine.travel(NOON, tick=False):
        create_schedule(ready, administrator, time(20))

        page = signed_in_client(administrator).get(f"/smartsync/{ready.pk}/schedules/").content.decode()

    assert "Friday, 11:30\xa0p.m. to Saturday, 3:30\xa0a.m., Atlantic Time (Halifax). Syncs due" in page


def test_failed_run_says_that_it_fell_into_the_maintenance(client: Client, ready: SyncProfile) -> None:
    run = failed_run(ready, FRIDAY_NIGHT)

    assert SENTENCE in client.get(f"/smartsync/runs/{run.pk}/").content.decode()


@pytest.mark.parametrize(
    ("at", "cause", "shown"),
    [
        (FRIDAY_NIGHT, "unknown", True),
        (FRIDAY_NIGHT - timedelta(minutes=30, seconds=30), "no_connection", True),
        (FRIDAY_NIGHT - timedelta(minutes=40), "no_connection", False),
        (FRIDAY_NIGHT + timedelta(hours=4), "no_connection", False),
        (FRIDAY_NIGHT, "sign_in_refused", False),
        (FRIDAY_NIGHT, "permission_missing", False),
    ],
)
def test_maintenance_explains_only_what_passes_and_happened_in_it(
    ready: SyncProfile, at: datetime, cause: str, shown: bool
) -> None:
    assert bool(maintenance_words(failed_run(ready, at, cause))) is shown


def test_maintenance_explains_an_incomplete_run_by_its_lists(ready: SyncProfile) -> None:
    run = failed_run(ready, FRIDAY_NIGHT, cause="", result="incomplete")
    assert run.maintenance is None

    ListRun.objects.create(run=run, position=1, slug="vendors", object="VENDOR", state="failed", cause="no_connection")

    assert run.maintenance


def test_email_about_a_failed_run_names_the_maintenance(ready: SyncProfile, administrator: User) -> None:
    schedule = create_schedule(ready, administrator, time(20))
    run = failed_run(ready, FRIDAY_NIGHT, schedule=schedule, scheduled_for=FRIDAY_NIGHT)

    notify_run_ended(run)

    assert SENTENCE in text_of("sync_failed")


def test_email_about_a_missed_run_names_the_maintenance(ready: SyncProfile, administrator: User) -> None:
    schedule = create_schedule(ready, administrator, time(20))
    MissedRun.objects.create(schedule=schedule, due_at=FRIDAY_NIGHT, reason="busy")

    with time_machine.travel(FRIDAY_NIGHT, tick=False):
        missed_runs_notify()

    assert SENTENCE in text_of("sync_missed")
