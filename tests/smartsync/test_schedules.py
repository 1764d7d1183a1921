"""Schedules: created, changed, paused and removed; each due time starts one run, and missed times are saved."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from functools import partial

import pytest
import time_machine
from django.db import IntegrityError
from django.db import connection as database
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.models import OrgUnit, User
from audit.models import AuditEvent
from smartsync.models import MissedRun, Schedule, SyncRun
from smartsync.services import (
    run_start,
    schedule_change,
    schedule_create,
    schedule_pause,
    schedule_remove,
    schedule_resume,
    schedules_dispatch,
)
from tests.support.processes import wait_until
from tests.support.stack import Worker
from wizard.models import Connection, SyncProfile
from wizard.services import Refused

from .conftest import create_profile
from .test_services import create_ended_run

EVERY_DAY = list(range(7))
ZONE = "America/Vancouver"
TUESDAY = datetime(2026, 11, 24, 20, tzinfo=UTC)


@pytest.fixture
def ready(profile: SyncProfile) -> SyncProfile:
    """A full sync and a partial one have succeeded."""
    create_ended_run(profile)
    create_ended_run(profile, "partial")
    SyncRun.objects.update(started_at=TUESDAY - timedelta(days=1))
    return profile


def create_schedule(profile: SyncProfile, actor: User, at: time = time(6), every_hours: int = 24) -> Schedule:
    return schedule_create(profile=profile, days=EVERY_DAY, at=at, every_hours=every_hours, time_zone=ZONE, actor=actor)


def fall_due(*schedules: Schedule, ago: timedelta = timedelta(seconds=1)) -> datetime:
    due = timezone.now() - ago
    Schedule.objects.filter(pk__in=[schedule.pk for schedule in schedules]).update(next_at=due)
    return due


@pytest.mark.parametrize(
    "earlier", [[], [("full", "failed")], [("full", "complete")], [("partial", "complete"), ("full", "complete")]]
)
def test_schedule_needs_a_success_and_a_partial_sync_as_the_latest(
    profile: SyncProfile, administrator: User, earlier: list[tuple[str, str]]
) -> None:
    for kind, result in earlier:
        create_ended_run(profile, kind, result)
    with pytest.raises(Refused, match="latest sync must be a partial sync"):
        create_schedule(profile, administrator)


def test_profile_has_a_limited_number_of_times(ready: SyncProfile, administrator: User) -> None:
    create_schedule(ready, administrator, at=time(0), every_hours=1)
    hourly = create_schedule(ready, administrator, at=time(0, 30), every_hours=1)

    with pytest.raises(Refused, match="more than 48 syncs a day"):
        create_schedule(ready, administrator, at=time(12, 15))

    change(hourly, administrator, every_hours=2)
    assert create_schedule(ready, administrator, at=time(12, 15))
    with pytest.raises(Refused, match="more than 48 syncs a day"):
        change(hourly, administrator, every_hours=1)


def change(schedule: Schedule, actor: User, every_hours: int) -> None:
    schedule_change(
        schedule=schedule, days=EVERY_DAY, at=time(0, 30), every_hours=every_hours, time_zone=ZONE, actor=actor
    )


def test_interval_is_planned_again_after_each_run(ready: SyncProfile, administrator: User) -> None:
    with time_machine.travel(TUESDAY, tick=False):
        schedule = create_schedule(ready, administrator, at=time(7), every_hours=4)
        assert schedule.next_at == TUESDAY + timedelta(hours=3)

    for after in (timedelta(hours=3), timedelta(hours=7)):
        with time_machine.travel(TUESDAY + after, tick=False):
            assert schedules_dispatch() == 1
            assert schedules_dispatch() == 0
            SyncRun.objects.active().update(state="done", result="complete", started_at=timezone.now())

    times = SyncRun.objects.filter(schedule=schedule).order_by("pk").values_list("scheduled_for", flat=True)
    assert [*times] == [TUESDAY + timedelta(hours=3), TUESDAY + timedelta(hours=7)]
    schedule.refresh_from_db()
    assert schedule.next_at == TUESDAY + timedelta(hours=11)


def test_interval_that_was_not_dispatched_for_hours_misses_one_time_and_goes_on(
    ready: SyncProfile, administrator: User
) -> None:
    with time_machine.travel(TUESDAY, tick=False):
        schedule = create_schedule(ready, administrator, at=time(0), every_hours=1)

    with time_machine.travel(TUESDAY + timedelta(hours=5, minutes=30), tick=False):
        schedules_dispatch()

    missed = MissedRun.objects.get()
    assert (missed.due_at, missed.reason) == (TUESDAY + timedelta(hours=1), "late")
    schedule.refresh_from_db()
    assert schedule.next_at == TUESDAY + timedelta(hours=6)


@pytest.mark.parametrize("hours", [0, 5, 25])
def test_database_refuses_unknown_intervals(ready: SyncProfile, administrator: User, hours: int) -> None:
    create_schedule(ready, administrator)

    with pytest.raises(IntegrityError):
        Schedule.objects.update(every_hours=hours)


def test_schedule_runs_next_at_its_time_in_its_own_zone(ready: SyncProfile, administrator: User) -> None:
    with time_machine.travel(TUESDAY, tick=False):
        schedule = schedule_create(profile=ready, days=[4, 0], at=time(6), time_zone=ZONE, actor=administrator)
    assert (schedule.days, schedule.next_at) == ([0, 4], datetime(2026, 11, 27, 14, tzinfo=UTC))


def test_profile_has_several_schedules_but_none_twice(ready: SyncProfile, administrator: User) -> None:
    create_schedule(ready, administrator)
    create_schedule(ready, administrator, time(18))
    with pytest.raises(Refused, match="already"):
        create_schedule(ready, administrator)
    assert Schedule.objects.count() == 2


@pytest.mark.parametrize("days", [[], [7], [0, 9]])
def test_database_refuses_days_outside_a_week(ready: SyncProfile, days: list[int]) -> None:
    with pytest.raises(IntegrityError, match="days_of_a_week"):
        Schedule.objects.create(profile=ready, days=days, at=time(6), time_zone=ZONE)


def test_paused_schedule_is_never_due_and_resumes_from_now(ready: SyncProfile, administrator: User) -> None:
    schedule = create_schedule(ready, administrator)
    fall_due(schedule)
    schedule_pause(schedule=schedule, actor=administrator)
    assert schedules_dispatch() == 0
    schedule_resume(schedule=schedule, actor=administrator)
    schedule.refresh_from_db()
    assert schedule.next_at
    assert schedule.next_at > timezone.now()
    assert schedules_dispatch() == 0


def test_change_moves_the_next_time_and_a_paused_one_stays_paused(ready: SyncProfile, administrator: User) -> None:
    with time_machine.travel(TUESDAY, tick=False):
        schedule = create_schedule(ready, administrator)
        change = partial(schedule_change, schedule=schedule, days=[2], time_zone="America/Toronto", actor=administrator)
        change(at=time(1))
        schedule.refresh_from_db()
        assert schedule.next_at == datetime(2026, 11, 25, 6, tzinfo=UTC)
        schedule_pause(schedule=schedule, actor=administrator)
        change(at=time(2))
        schedule.refresh_from_db()
    assert schedule.at == time(2)
    assert schedule.is_paused


def test_runs_of_a_removed_schedule_stay_in_the_history(ready: SyncProfile, administrator: User) -> None:
    schedule = create_schedule(ready, administrator)
    due = fall_due(schedule)
    schedules_dispatch()
    schedule.refresh_from_db()
    schedule_remove(schedule=schedule, actor=administrator)
    run = SyncRun.objects.latest("pk")
    assert (run.schedule, run.scheduled_for, run.started_by) == (None, due, "A schedule")


def test_every_action_is_in_the_audit_log(ready: SyncProfile, administrator: User) -> None:
    schedule = create_schedule(ready, administrator)
    schedule_change(schedule=schedule, days=[1], at=time(1), time_zone=ZONE, actor=administrator)
    schedule_pause(schedule=schedule, actor=administrator)
    schedule_pause(schedule=schedule, actor=administrator)
    schedule_resume(schedule=schedule, actor=administrator)
    schedule_remove(schedule=schedule, actor=administrator)
    acts = AuditEvent.objects.filter(action__startswith="schedule.").order_by("pk").values_list("action", flat=True)
    assert [act.removeprefix("schedule.") for act in acts] == ["created", "changed", "paused", "resumed", "removed"]


def test_due_schedule_starts_one_partial_sync_since_the_last_success(ready: SyncProfile, administrator: User) -> None:
    success = SyncRun.objects.latest("pk")
    schedule = create_schedule(ready, administrator)
    due = fall_due(schedule)
    assert (schedules_dispatch(), schedules_dispatch()) == (1, 0)
    run = SyncRun.objects.latest("pk")
    assert (run.kind, run.since, run.schedule, run.scheduled_for) == ("partial", success.started_at, schedule, due)
    assert run.requested_by is None


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("late", "late"),
        ("running", "busy"),
        ("full", "latest_full"),
        ("cleared", "no_success"),
    ],
)
def test_missed_time_is_saved_with_its_reason(ready: SyncProfile, administrator: User, what: str, reason: str) -> None:
    schedule = create_schedule(ready, administrator)
    due = fall_due(schedule, ago=timedelta(hours=2 if what == "late" else 0))
    if what == "running":
        run_start(profile=ready, kind="partial", actor=administrator)
    if what == "full":
        create_ended_run(ready)
    if what == "cleared":
        SyncRun.objects.all().delete()
    before = SyncRun.objects.count()
    assert schedules_dispatch() == 1
    missed = MissedRun.objects.get()
    schedule.refresh_from_db()
    assert (missed.due_at, missed.reason, SyncRun.objects.count()) == (due, reason, before)
    assert schedule.next_at
    assert schedule.next_at > timezone.now()


def test_of_two_schedules_due_at_once_one_starts_and_one_is_missed(ready: SyncProfile, administrator: User) -> None:
    fall_due(first := create_schedule(ready, administrator), second := create_schedule(ready, administrator, time(18)))
    assert schedules_dispatch() == 2
    run, missed = SyncRun.objects.exclude(scheduled_for=None).get(), MissedRun.objects.get()
    assert ({run.schedule, missed.schedule}, missed.reason) == ({first, second}, "busy")
    events = AuditEvent.objects.filter(action__in=["sync_run.started", "schedule.missed"]).order_by("action")
    assert [(event.target_id, event.customer_id) for event in events] == [
        (missed.schedule_id, ready.connection.customer_id),
        (run.pk, ready.connection.customer_id),
    ]


def test_many_due_schedules_take_as_few_queries_as_one(
    connection: Connection, root: OrgUnit, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        create_ended_run(profile := create_profile(connection, root, f"Entity {number}", f"E{number}"))
        create_ended_run(profile, "partial")
        Schedule.objects.create(profile=profile, days=EVERY_DAY, at=time(6), time_zone=ZONE, next_at=timezone.now())
    with django_assert_max_num_queries(16):
        assert schedules_dispatch() == 30
    assert SyncRun.objects.exclude(scheduled_for=None).count() == 30


@pytest.mark.django_db(transaction=True)
def test_simultaneous_dispatchers_start_each_schedule_once(connection: Connection, administrator: User) -> None:
    root = administrator.home_org_unit
    assert root
    profiles = [create_profile(connection, root, f"Entity {number}", f"E{number}") for number in range(120)]
    for profile in profiles:
        create_ended_run(profile)
        create_ended_run(profile, "partial")
    schedules = Schedule.objects.bulk_create(
        Schedule(profile=profile, days=EVERY_DAY, at=time(6), time_zone=ZONE) for profile in profiles
    )
    fall_due(*schedules)

    def dispatcher(_: int) -> int:
        try:
            return sum(iter(schedules_dispatch, 0))
        finally:
            database.close()

    with ThreadPoolExecutor(4) as dispatchers:
        handed_out = list(dispatchers.map(dispatcher, range(4)))
    started = SyncRun.objects.exclude(scheduled_for=None)
    assert (sum(handed_out), started.count()) == (120, 120)
    assert started.values("schedule").distinct().count() == 120
    assert not MissedRun.objects.exists()


def test_database_refuses_a_second_run_for_the_same_time(ready: SyncProfile, administrator: User) -> None:
    schedule = create_schedule(ready, administrator)
    fall_due(schedule)
    schedules_dispatch()
    run = SyncRun.objects.latest("pk")
    SyncRun.objects.filter(pk=run.pk).update(state="done", result="complete")
    run.pk = None
    with pytest.raises(IntegrityError, match="one_run_for_each_time_of_a_schedule"):
        run.save(force_insert=True)


def test_celery_beat_starts_due_schedules(worker: Worker, ready: SyncProfile, administrator: User) -> None:
    fall_due(create_schedule(ready, administrator))
    wait_until(lambda: SyncRun.objects.exclude(scheduled_for=None).exists(), "the schedule started a sync")
