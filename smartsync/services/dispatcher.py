"""Starts the syncs of schedules that are due, many at a time: at night thousands are due in the same minute.

If that fails for one schedule, it is paused. All other schedules start.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta
from time import monotonic

from django.db import transaction
from django.utils import timezone

from audit.models import AuditEvent
from audit.services import event_of, events_record
from core.batches import is_rows_fault, work_row_by_row
from core.queue import LATER, publish
from core.time_zones import known_zone
from smartsync.models import MissedRun, Schedule, SyncRun
from smartsync.models.schedules import ScheduleQuerySet
from smartsync.services.schedules import Rules, event_facts, rules_of, schedule_set_aside
from wizard.services import sign_in_is_refused

log = logging.getLogger(__name__)
LATE = timedelta(hours=1)
"""A sync does not start later than this after its time: it would run at an hour that no user chose."""
SLICE = 10.0
"""Seconds that one call may take."""
BATCH = 500
LONGEST_WAIT = timedelta(days=9)
"""The next time of a weekly schedule is at most eight days ahead."""
Reason = MissedRun.Reason


def schedules_dispatch() -> int:
    """Start each due schedule once, even when several workers do this at the same time. Returns how many were due.

    Stops after `SLICE` seconds, since users who wait for a check need the worker too. Celery beat calls this again.
    """
    _plan_again()
    handed_out, end = 0, monotonic() + SLICE
    while monotonic() < end and (batch := _batch_hand_out()):
        handed_out += batch
    return handed_out


def _plan_again() -> None:
    """Plan schedules again whose next time was computed while our clock was ahead: they would start far too late."""
    beyond = Schedule.objects.filter(next_at__gt=timezone.now() + LONGEST_WAIT)
    work_row_by_row(beyond.values_list("pk", flat=True)[:BATCH], _plan, _set_aside)


def _plan(key: int) -> None:
    schedule = Schedule.objects.select_for_update().get(pk=key)
    schedule.plan()
    schedule.save(update_fields=["next_at"])


def _batch_hand_out() -> int:
    due = Schedule.objects.due()
    try:
        return _hand_out(due)
    except Exception as error:
        if not is_rows_fault(error):
            raise
        log.exception("Schedules cannot be handed out together; each is now tried by itself")
    keys = list(due.values_list("pk", flat=True)[:BATCH])
    work_row_by_row(keys, lambda key: _hand_out(due.filter(pk=key)), _set_aside)
    # Schedules that could not even be paused are still due and do not count. If they did, the caller would try them
    # again until its time is over.
    return len(keys) - due.filter(pk__in=keys).count()


def _set_aside(key: int, error: Exception) -> None:
    schedule = Schedule.objects.select_related("profile__connection", "profile__legal_entity").get(pk=key)
    is_zone_unknown = known_zone(schedule.time_zone) is None
    schedule_set_aside(schedule=schedule, cause="schedule_zone_unknown" if is_zone_unknown else "schedule_failed")


@transaction.atomic
def _hand_out(due: ScheduleQuerySet) -> int:
    # SKIP LOCKED: another worker is starting the locked ones, so this one takes the next instead of waiting.
    free = due.select_for_update(of=("self",), skip_locked=True)
    batch = list(free.select_related("profile__connection")[:BATCH])
    rules = rules_of([schedule.profile for schedule in batch])
    synced = [schedule for schedule in batch if schedule.profile.is_synced]
    obstacles = {schedule: _obstacle(schedule, rules[schedule.profile_id]) for schedule in synced}
    runs = _insert_runs((schedule for schedule in synced if not obstacles[schedule]), rules)
    # A schedule without an obstacle and without a run: its profile had an active run.
    reasons = {schedule: reason or Reason.BUSY for schedule, reason in obstacles.items() if schedule not in runs}
    missed_runs = _insert_missed_runs(reasons)
    start_events = [_start_event(schedule, run) for schedule, run in runs.items()]
    events_record([*start_events, *map(_missed_event, missed_runs)])
    # All of them: those of a disconnected connection wait without being missed, for the day when it is reconnected.
    for schedule in batch:
        schedule.plan()
    Schedule.objects.bulk_update(batch, ["next_at"])
    publish(SyncRun.task, *(run.pk for run in runs.values()), priority=LATER)
    return len(batch)


def _obstacle(schedule: Schedule, rules: Rules) -> str:
    if schedule.next_at and schedule.next_at < timezone.now() - LATE:
        return Reason.LATE
    connection = schedule.profile.connection
    if sign_in_is_refused(connection):
        return Reason.REFUSED
    if not rules.one_success:
        return Reason.NO_SUCCESS
    return "" if rules.latest_partial else Reason.LATEST_FULL


def _insert_runs(schedules: Iterable[Schedule], rules: dict[int, Rules]) -> dict[Schedule, SyncRun]:
    """Insert a run for each schedule. Returns the runs that were inserted.

    A profile with an active run gets none: the unique constraint conflicts, and the database skips the row. Rows are
    inserted in the order of profiles, so that two dispatchers cannot deadlock. The wizard's stage needs no update: a
    sync succeeded before, so the stage was updated when that sync started.
    """
    runs = [
        SyncRun(
            profile=schedule.profile,
            kind=SyncRun.Kind.PARTIAL,
            since=rules[schedule.profile_id].since,
            schedule=schedule,
            scheduled_for=schedule.next_at,
        )
        for schedule in sorted(schedules, key=lambda schedule: schedule.profile_id)
    ]
    SyncRun.objects.bulk_create(runs, ignore_conflicts=True)
    # With `ignore_conflicts` Django does not return which rows were inserted, so they are queried.
    active = SyncRun.objects.active().filter(schedule__in=[run.schedule_id for run in runs])
    inserted = {(run.schedule_id, run.scheduled_for): run for run in active}
    candidates = [run.schedule for run in runs if run.schedule]
    return {schedule: run for schedule in candidates if (run := inserted.get((schedule.pk, schedule.next_at)))}


def _insert_missed_runs(reasons: dict[Schedule, str]) -> list[MissedRun]:
    return MissedRun.objects.bulk_create(
        MissedRun(schedule=schedule, due_at=schedule.next_at, reason=reason)
        for schedule, reason in reasons.items()
        if schedule.next_at
    )


def _start_event(schedule: Schedule, run: SyncRun) -> AuditEvent:
    return event_of(
        action="sync_run.started",
        actor=None,
        target=run,
        customer_id=schedule.profile.connection.customer_id,
        profile=run.profile_id,
        kind=run.kind,
        since=run.since and run.since.isoformat(),
        scheduled=True,
    )


def _missed_event(missed: MissedRun) -> AuditEvent:
    schedule = missed.schedule
    return event_of(
        action="schedule.missed",
        actor=None,
        target=schedule,
        customer_id=schedule.profile.connection.customer_id,
        reason=missed.reason,
        **event_facts(schedule),
    )
