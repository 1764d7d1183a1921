"""Schedules: made, changed, paused, removed; handed out once each, and missed ones noticed."""

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
from smartsync.services.schedules import MOST_SCHEDULES
from tests.support.processes import wait_until
from tests.support.stack import Worker
from wizard.models import Connection, SyncProfile
from wizard.services import Refused

from .conftest import approved
from .test_services import ended

EVERY_DAY = list(range(7))
ZONE = "America/Vancouver"
TUESDAY = datetime(2026, 11, 24, 20, tzinfo=UTC)


@pytest.fixture
def ready(profile: SyncProfile) -> SyncProfile:
    """A full sync and a partial one have succeeded."""
    ended(profile)
    ended(profile, "partial")
    SyncRun.objects.update(started_at=TUESDAY - timedelta(days=1))
    return profile


def scheduled(profile: SyncProfile, actor: User, at: time = time(6)) -> Schedule:
    return schedule_create(profile=profile, days=EVERY_DAY, at=at, time_zone=ZONE, actor=actor)


def fall_due(*schedules: Schedule, ago: timedelta = timedelta(seconds=1)) -> datetime:
    due = timezone.now() - ago
    Schedule.objects.filter(pk__in=[each.pk for each in schedules]).update(next_at=due)
    return due


@pytest.mark.parametrize(
    "earlier", [[], [("full", "failed")], [("full", "complete")], [("partial", "complete"), ("full", "complete")]]
)
def test_a_schedule_needs_a_success_and_a_partial_sync_last(
    profile: SyncProfile, administrator: User, earlier: list[tuple[str, str]]
) -> None:
    for kind, result in earlier:
        ended(profile, kind, result)
    with pytest.raises(Refused, match="latest sync must be a partial one"):
        scheduled(profile, administrator)


def test_a_profile_has_a_limited_number_of_schedules(ready: SyncProfile, administrator: User) -> None:
    moments = [time(number // 2, number % 2 * 30) for number in range(MOST_SCHEDULES)]
    for moment in moments:
        schedule = scheduled(ready, administrator, at=moment)

    with pytest.raises(Refused, match="can have 48 schedules"):
        scheduled(ready, administrator, at=time(12, 15))

    schedule_remove(schedule=schedule, actor=administrator)
    assert scheduled(ready, administrator, at=time(12, 15))


def test_a_schedule_runs_next_at_its_time_in_its_own_zone(ready: SyncProfile, administrator: User) -> None:
    with time_machine.travel(TUESDAY, tick=False):
        made = schedule_create(profile=ready, days=[4, 0], at=time(6), time_zone=ZONE, actor=administrator)
    assert (made.days, made.next_at) == ([0, 4], datetime(2026, 11, 27, 14, tzinfo=UTC))


def test_several_schedules_but_none_twice(ready: SyncProfile, administrator: User) -> None:
    scheduled(ready, administrator)
    scheduled(ready, administrator, time(18))
    with pytest.raises(Refused, match="already"):
        scheduled(ready, administrator)
    assert Schedule.objects.count() == 2


@pytest.mark.parametrize("days", [[], [7], [0, 9]])
def test_the_database_knows_a_week(ready: SyncProfile, days: list[int]) -> None:
    with pytest.raises(IntegrityError, match="days_of_a_week"):
        Schedule.objects.create(profile=ready, days=days, at=time(6), time_zone=ZONE)


def test_a_paused_schedule_never_falls_due_and_goes_on_from_now(ready: SyncProfile, administrator: User) -> None:
    made = scheduled(ready, administrator)
    fall_due(made)
    schedule_pause(schedule=made, actor=administrator)
    assert schedules_dispatch() == 0
    schedule_resume(schedule=made, actor=administrator)
    made.refresh_from_db()
    assert made.next_at
    assert made.next_at > timezone.now()
    assert schedules_dispatch() == 0


def test_a_change_moves_the_next_time_and_a_paused_one_stays_paused(ready: SyncProfile, administrator: User) -> None:
    with time_machine.travel(TUESDAY, tick=False):
        made = scheduled(ready, administrator)
        change = partial(schedule_change, schedule=made, days=[2], time_zone="America/Toronto", actor=administrator)
        change(at=time(1))
        made.refresh_from_db()
        assert made.next_at == datetime(2026, 11, 25, 6, tzinfo=UTC)
        schedule_pause(schedule=made, actor=administrator)
        change(at=time(2))
        made.refresh_from_db()
    assert made.at == time(2)
    assert made.is_paused


def test_what_a_removed_schedule_started_stays_in_the_history(ready: SyncProfile, administrator: User) -> None:
    made = scheduled(ready, administrator)
    due = fall_due(made)
    schedules_dispatch()
    made.refresh_from_db()
    schedule_remove(schedule=made, actor=administrator)
    run = SyncRun.objects.latest("pk")
    assert (run.schedule, run.scheduled_for, run.started_by) == (None, due, "A schedule")


def test_every_act_is_in_the_trail(ready: SyncProfile, administrator: User) -> None:
    made = scheduled(ready, administrator)
    schedule_change(schedule=made, days=[1], at=time(1), time_zone=ZONE, actor=administrator)
    schedule_pause(schedule=made, actor=administrator)
    schedule_pause(schedule=made, actor=administrator)
    schedule_resume(schedule=made, actor=administrator)
    schedule_remove(schedule=made, actor=administrator)
    acts = AuditEvent.objects.filter(action__startswith="schedule.").order_by("pk").values_list("action", flat=True)
    assert [act.removeprefix("schedule.") for act in acts] == ["created", "changed", "paused", "resumed", "removed"]


def test_a_due_schedule_starts_one_partial_sync_since_the_last_success(ready: SyncProfile, administrator: User) -> None:
    success = SyncRun.objects.latest("pk")
    made = scheduled(ready, administrator)
    due = fall_due(made)
    assert (schedules_dispatch(), schedules_dispatch()) == (1, 0)
    run = SyncRun.objects.latest("pk")
    assert (run.kind, run.since, run.schedule, run.scheduled_for) == ("partial", success.started_at, made, due)
    assert run.requested_by is None


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("late", "late"),
        ("running", "busy"),
        ("full", "latest_full"),
        ("cleared", "no_success"),
        ("gone", "not_approved"),
    ],
)
def test_a_time_that_cannot_be_kept_is_noted_with_its_reason(
    ready: SyncProfile, administrator: User, what: str, why: str
) -> None:
    made = scheduled(ready, administrator)
    due = fall_due(made, ago=timedelta(hours=2 if what == "late" else 0))
    if what == "running":
        run_start(profile=ready, kind="partial", actor=administrator)
    if what == "full":
        ended(ready)
    if what == "cleared":
        SyncRun.objects.all().delete()
    if what == "gone":
        SyncProfile.objects.filter(pk=ready.pk).update(state="withdrawn")
    before = SyncRun.objects.count()
    assert schedules_dispatch() == 1
    missed = MissedRun.objects.get()
    made.refresh_from_db()
    assert (missed.due_at, missed.why, SyncRun.objects.count()) == (due, why, before)
    assert made.next_at
    assert made.next_at > timezone.now()


def test_of_two_due_at_once_for_a_legal_entity_one_starts_and_the_other_is_noted(
    ready: SyncProfile, administrator: User
) -> None:
    fall_due(first := scheduled(ready, administrator), second := scheduled(ready, administrator, time(18)))
    assert schedules_dispatch() == 2
    run, missed = SyncRun.objects.exclude(scheduled_for=None).get(), MissedRun.objects.get()
    assert ({run.schedule, missed.schedule}, missed.why) == ({first, second}, "busy")
    told = AuditEvent.objects.filter(action__in=["sync_run.started", "schedule.missed"]).order_by("action")
    assert [(each.target_id, each.customer_id) for each in told] == [
        (missed.schedule_id, ready.connection.customer_id),
        (run.pk, ready.connection.customer_id),
    ]


def test_many_are_handed_out_with_no_more_queries_than_one(
    connection: Connection, root: OrgUnit, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        ended(profile := approved(connection, root, f"Entity {number}", f"E{number}"))
        ended(profile, "partial")
        Schedule.objects.create(profile=profile, days=EVERY_DAY, at=time(6), time_zone=ZONE, next_at=timezone.now())
    with django_assert_max_num_queries(16):
        assert schedules_dispatch() == 30
    assert SyncRun.objects.exclude(scheduled_for=None).count() == 30


@pytest.mark.django_db(transaction=True)
def test_several_dispatchers_at_once_hand_out_each_schedule_once(connection: Connection, administrator: User) -> None:
    root = administrator.home_org_unit
    assert root
    profiles = [approved(connection, root, f"Entity {number}", f"E{number}") for number in range(120)]
    for each in profiles:
        ended(each)
        ended(each, "partial")
    schedules = Schedule.objects.bulk_create(
        Schedule(profile=each, days=EVERY_DAY, at=time(6), time_zone=ZONE) for each in profiles
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


def test_the_database_refuses_a_second_run_for_the_same_time(ready: SyncProfile, administrator: User) -> None:
    made = scheduled(ready, administrator)
    fall_due(made)
    schedules_dispatch()
    run = SyncRun.objects.latest("pk")
    SyncRun.objects.filter(pk=run.pk).update(state="done", result="complete")
    run.pk = None
    with pytest.raises(IntegrityError, match="one_run_for_each_time_of_a_schedule"):
        run.save(force_insert=True)


def test_the_beat_hands_out_what_is_due(worker: Worker, ready: SyncProfile, administrator: User) -> None:
    fall_due(scheduled(ready, administrator))
    wait_until(lambda: SyncRun.objects.exclude(scheduled_for=None).exists(), "the schedule started a sync")
