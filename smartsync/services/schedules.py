"""Every act that changes a schedule, and the handing out of those that are due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from time import monotonic
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import event_record
from smartsync.models import MissedRun, Schedule, SyncRun
from smartsync.services.runs import default_sinces, run_start
from wizard.models import SyncProfile
from wizard.services import Refused, sign_in_is_refused

LATE = timedelta(hours=1)
"""Longer after its time a sync does not begin: it would run at an hour that nobody chose."""
SLICE = 10.0
"""Seconds."""
BATCH = 50
Why = MissedRun.Why


@dataclass(frozen=True)
class Rules:
    """What a schedule needs before it can start a sync."""

    one_success: bool
    latest_partial: bool

    @property
    def met(self) -> bool:
        return self.one_success and self.latest_partial


def rules_for(profile: SyncProfile) -> Rules:
    return rules_of([profile])[profile.pk]


def rules_of(profiles: list[SyncProfile]) -> dict[int, Rules]:
    """The same for many, by the profile's key."""
    latest, successes = SyncRun.objects.newest_of(profiles), default_sinces(profiles)
    return {
        each.pk: Rules(
            one_success=successes.get(each.pk) is not None,
            latest_partial=each.pk in latest and latest[each.pk].kind == SyncRun.Kind.PARTIAL,
        )
        for each in profiles
    }


@transaction.atomic
def schedule_create(*, profile: SyncProfile, days: Iterable[int], at: time, time_zone: str, actor: User) -> Schedule:
    if profile.state != SyncProfile.State.APPROVED or not rules_for(profile).met:
        raise Refused(_("A schedule needs one sync that succeeded, and the latest sync must be a partial one."))
    schedule = Schedule(profile=profile, created_by=actor)
    _saved(schedule, days, at, time_zone)
    _record("schedule.created", schedule, actor)
    return schedule


@transaction.atomic
def schedule_change(*, schedule: Schedule, days: Iterable[int], at: time, time_zone: str, actor: User) -> None:
    """A schedule that is paused stays so."""
    schedule = _locked(schedule)
    _saved(schedule, days, at, time_zone, paused=schedule.is_paused)
    _record("schedule.changed", schedule, actor)


@transaction.atomic
def schedule_pause(*, schedule: Schedule, actor: User) -> None:
    if Schedule.objects.filter(pk=schedule.pk, next_at__isnull=False).update(next_at=None):
        _record("schedule.paused", schedule, actor)


@transaction.atomic
def schedule_resume(*, schedule: Schedule, actor: User) -> None:
    schedule = _locked(schedule)
    if schedule.is_paused:
        schedule.plan()
        schedule.save()
        _record("schedule.resumed", schedule, actor)


@transaction.atomic
def schedule_remove(*, schedule: Schedule, actor: User) -> None:
    _record("schedule.removed", schedule, actor)
    schedule.delete()


def schedules_dispatch() -> int:
    """Start what is due, each once, however many do this at the same time. Returns how many had their turn.

    Stops after `SLICE`: whoever waits for a check needs the worker too, and beat comes again.
    """
    handed_out, end = 0, monotonic() + SLICE
    while monotonic() < end and (batch := _batch_hand_out()):
        handed_out += batch
    return handed_out


@transaction.atomic
def _batch_hand_out() -> int:
    free = Schedule.objects.due().select_for_update(of=("self",), skip_locked=True)
    batch = list(free.select_related("profile__connection", "profile__legal_entity")[:BATCH])
    rules = rules_of([each.profile for each in batch])
    for schedule in batch:
        if (due_at := schedule.next_at) and (why := _started_or_why_not(schedule, rules[schedule.profile_id])):
            _miss(schedule, due_at, why)
        schedule.plan()
    Schedule.objects.bulk_update(batch, ["next_at"])
    return len(batch)


def _started_or_why_not(schedule: Schedule, rules: Rules) -> str:
    if why := _obstacle(schedule, rules):
        return why
    try:
        run_start(profile=schedule.profile, kind=SyncRun.Kind.PARTIAL, actor=None, schedule=schedule)
    except Refused:
        return Why.BUSY
    return ""


def _obstacle(schedule: Schedule, rules: Rules) -> str:
    if schedule.next_at and schedule.next_at < timezone.now() - LATE:
        return Why.LATE
    if schedule.profile.state != SyncProfile.State.APPROVED:
        return Why.NOT_APPROVED
    connection = schedule.profile.connection
    if connection.broken_since and sign_in_is_refused(connection):
        return Why.REFUSED
    if not rules.one_success:
        return Why.NO_SUCCESS
    return "" if rules.latest_partial else Why.LATEST_FULL


def _miss(schedule: Schedule, due_at: datetime, why: str) -> None:
    MissedRun.objects.create(schedule=schedule, due_at=due_at, why=why)
    _record("schedule.missed", schedule, None, why=why)


def _locked(schedule: Schedule) -> Schedule:
    return Schedule.objects.select_for_update(of=("self",)).select_related("profile__connection").get(pk=schedule.pk)


def _saved(schedule: Schedule, days: Iterable[int], at: time, time_zone: str, *, paused: bool = False) -> None:
    schedule.days, schedule.at, schedule.time_zone = sorted(days), at, time_zone
    if not paused:
        schedule.plan()
    try:
        with transaction.atomic():
            schedule.save()
    except IntegrityError as error:
        if "no_schedule_twice" not in str(error):
            raise
        raise Refused(_("There is a schedule for these days and this time already.")) from None


def _record(action: str, schedule: Schedule, actor: User | None, **metadata: Any) -> None:
    event_record(
        action=action,
        actor=actor,
        target=schedule,
        customer_id=schedule.profile.connection.customer_id,
        profile=schedule.profile_id,
        days=schedule.days,
        at=f"{schedule.at:%H:%M}",
        time_zone=schedule.time_zone,
        **metadata,
    )
