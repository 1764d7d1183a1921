"""The handing out of schedules that are due: many at a time, since a night has thousands at the same minute.

A schedule with which that fails is paused, and its customer's others and everybody else's start.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from time import monotonic

from django.db import transaction
from django.utils import timezone

from audit.models import AuditEvent
from audit.services import event_of, events_record
from core.rows import is_rows_fault, work_row_by_row
from core.zones import known_zone
from smartsync.models import MissedRun, Schedule, SyncRun
from smartsync.models.schedules import ScheduleQuerySet
from smartsync.queue import publish
from smartsync.services.schedules import Rules, rules_of, schedule_set_aside, told_of
from wizard.models import SyncProfile
from wizard.services import sign_in_is_refused

log = logging.getLogger(__name__)
LATE = timedelta(hours=1)
"""Longer after its time a sync does not begin: it would run at an hour that nobody chose."""
SLICE = 10.0
"""Seconds."""
BATCH = 500
LONGEST_WAIT = timedelta(days=9)
"""A weekly schedule waits for eight days at most."""
Why = MissedRun.Why


def schedules_dispatch() -> int:
    """Start what is due, each once, however many do this at the same time. Returns how many had their turn.

    Stops after `SLICE`: whoever waits for a check needs the worker too, and beat comes again.
    """
    _plan_again()
    handed_out, end = 0, monotonic() + SLICE
    while monotonic() < end and (batch := _batch_hand_out()):
        handed_out += batch
    return handed_out


def _plan_again() -> None:
    """Plan what was planned by a clock that was ahead: its time would not come before that clock's."""
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
    # Without those that could not even be set aside: with them, this would go on until the slice is over.
    return len(keys) - due.filter(pk__in=keys).count()


def _set_aside(key: int, error: Exception) -> None:
    schedule = Schedule.objects.select_related("profile__connection", "profile__legal_entity").get(pk=key)
    is_zone_unknown = known_zone(schedule.time_zone) is None
    schedule_set_aside(schedule=schedule, cause="schedule_zone_unknown" if is_zone_unknown else "schedule_failed")


@transaction.atomic
def _hand_out(due: ScheduleQuerySet) -> int:
    free = due.select_for_update(of=("self",), skip_locked=True)
    batch = list(free.select_related("profile__connection")[:BATCH])
    rules = rules_of([each.profile for each in batch])
    obstacles = {each: _obstacle(each, rules[each.profile_id]) for each in batch}
    runs = _started((each for each in batch if not obstacles[each]), rules)
    missed = _missed({each: why or Why.BUSY for each, why in obstacles.items() if each not in runs})
    events_record([*(_started_event(*each) for each in runs.items()), *map(_missed_event, missed)])
    for schedule in batch:
        schedule.plan()
    Schedule.objects.bulk_update(batch, ["next_at"])
    transaction.on_commit(partial(publish, *(run.pk for run in runs.values())))
    return len(batch)


def _obstacle(schedule: Schedule, rules: Rules) -> str:
    if schedule.next_at and schedule.next_at < timezone.now() - LATE:
        return Why.LATE
    if schedule.profile.state != SyncProfile.State.APPROVED:
        return Why.NOT_APPROVED
    connection = schedule.profile.connection
    if sign_in_is_refused(connection):
        return Why.REFUSED
    if not rules.one_success:
        return Why.NO_SUCCESS
    return "" if rules.latest_partial else Why.LATEST_FULL


def _started(schedules: Iterable[Schedule], rules: dict[int, Rules]) -> dict[Schedule, SyncRun]:
    """The runs made. None for a profile that has an active one: the database passes over it.

    In the order of profiles, lest two dispatchers wait for each other. The wizard's stage stays as it is: a success
    came before, so the stage has seen a sync begin.
    """
    runs = [
        SyncRun(
            profile=each.profile,
            kind=SyncRun.Kind.PARTIAL,
            since=rules[each.profile_id].since,
            schedule=each,
            scheduled_for=each.next_at,
        )
        for each in sorted(schedules, key=lambda each: each.profile_id)
    ]
    SyncRun.objects.bulk_create(runs, ignore_conflicts=True)
    active = SyncRun.objects.active().filter(schedule__in=[each.schedule_id for each in runs])
    made = {(each.schedule_id, each.scheduled_for): each for each in active}
    tried = [each.schedule for each in runs if each.schedule]
    return {each: run for each in tried if (run := made.get((each.pk, each.next_at)))}


def _missed(whys: dict[Schedule, str]) -> list[MissedRun]:
    return MissedRun.objects.bulk_create(
        MissedRun(schedule=each, due_at=each.next_at, why=why) for each, why in whys.items() if each.next_at
    )


def _started_event(schedule: Schedule, run: SyncRun) -> AuditEvent:
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
        why=missed.why,
        **told_of(schedule),
    )
