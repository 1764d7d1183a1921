"""Every action that changes a schedule."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, NotRequired, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import event_record
from core.time_zones import known_zone
from smartsync.models import Schedule, SyncRun
from smartsync.recurrence import ONCE
from smartsync.services.incidents import schedule_slug
from smartsync.services.runs import default_sinces
from wizard.models import SyncProfile
from wizard.services import Refused
from wizard.services.incidents import close_incident, open_incident
from wizard.stages import SYNC_STAGE

# One for every hour of the day, twice. More would overload Intacct, and the page could not be read.
MOST_TIMES = 48


class Choice(TypedDict):
    """When a schedule runs. `every_hours`: one of `INTERVALS`; without it, once a day."""

    days: Iterable[int]
    at: time
    every_hours: NotRequired[int]
    time_zone: str


@dataclass(frozen=True)
class Rules:
    """What a schedule needs before it can start a sync. `since` is when the last successful sync started."""

    since: datetime | None
    latest_partial: bool

    @property
    def one_success(self) -> bool:
        return self.since is not None

    @property
    def met(self) -> bool:
        return self.one_success and self.latest_partial


def rules_for(profile: SyncProfile) -> Rules:
    return rules_of([profile])[profile.pk]


def rules_of(profiles: list[SyncProfile]) -> dict[int, Rules]:
    """The rules for many profiles, by the profile's key."""
    latest, successes = SyncRun.objects.newest_of(profiles), default_sinces(profiles)
    return {
        profile.pk: Rules(
            since=successes.get(profile.pk),
            latest_partial=profile.pk in latest and latest[profile.pk].kind == SyncRun.Kind.PARTIAL,
        )
        for profile in profiles
    }


@transaction.atomic
def schedule_create(*, profile: SyncProfile, actor: User, **choice: Unpack[Choice]) -> Schedule:
    if profile.state != SyncProfile.State.APPROVED or not rules_for(profile).met:
        raise Refused(_("Before you create a schedule, run a successful sync. The latest sync must be a partial sync."))
    schedule = Schedule(profile=profile, created_by=actor)
    _save_schedule(schedule, choice)
    _record("schedule.created", schedule, actor)
    return schedule


@transaction.atomic
def schedule_change(*, schedule: Schedule, actor: User, **choice: Unpack[Choice]) -> None:
    """Change days, times and time zone. A schedule that a user paused stays paused."""
    schedule = _lock_schedule(schedule)
    was_set_aside = schedule.is_paused and not known_zone(schedule.time_zone)
    _save_schedule(schedule, choice, paused=schedule.is_paused and not was_set_aside)
    _record("schedule.changed", schedule, actor)
    _close_incident(schedule)


@transaction.atomic
def schedule_pause(*, schedule: Schedule, actor: User) -> None:
    if Schedule.objects.filter(pk=schedule.pk, next_at__isnull=False).update(next_at=None):
        _record("schedule.paused", schedule, actor)


@transaction.atomic
def schedule_resume(*, schedule: Schedule, actor: User) -> None:
    schedule = _lock_schedule(schedule)
    if schedule.is_paused:
        if not known_zone(schedule.time_zone):
            raise Refused(
                _("The time zone %(zone)s is unknown. Change the schedule and choose another time zone.")
                % {"zone": schedule.time_zone}
            )
        schedule.plan()
        schedule.save()
        _record("schedule.resumed", schedule, actor)
        _close_incident(schedule)


@transaction.atomic
def schedule_remove(*, schedule: Schedule, actor: User) -> None:
    _record("schedule.removed", schedule, actor)
    _close_incident(schedule)
    schedule.delete()


def schedule_set_aside(*, schedule: Schedule, cause: str) -> None:
    """Pause a schedule that cannot start its sync, and open an incident for those who can fix it."""
    Schedule.objects.filter(pk=schedule.pk).update(next_at=None)
    _record("schedule.set_aside", schedule, None)
    open_incident(
        connection=schedule.profile.connection,
        slug=schedule_slug(schedule.pk),
        cause=cause,
        facts={"legal_entity": schedule.profile.legal_entity.name, "zone": schedule.time_zone},
        stage=SYNC_STAGE.slug,
    )


def _close_incident(schedule: Schedule) -> None:
    close_incident(connection=schedule.profile.connection, slug=schedule_slug(schedule.pk))


def _lock_schedule(schedule: Schedule) -> Schedule:
    return Schedule.objects.select_for_update(of=("self",)).select_related("profile__connection").get(pk=schedule.pk)


def _save_schedule(schedule: Schedule, choice: Choice, *, paused: bool = False) -> None:
    schedule.days, schedule.at, schedule.time_zone = sorted(choice["days"]), choice["at"], choice["time_zone"]
    schedule.every_hours = choice.get("every_hours", ONCE)
    _refuse_too_many(schedule)
    if not paused:
        schedule.plan()
    try:
        with transaction.atomic():
            schedule.save()
    except IntegrityError as error:
        if "no_schedule_twice" not in str(error):
            raise
        raise Refused(_("There is already a schedule for these days and this time.")) from None


def _refuse_too_many(schedule: Schedule) -> None:
    """Refuse a schedule with which the profile would have too many times of day."""
    # Lock the profile: of two forms sent at once, the second waits and then counts the schedule of the first.
    profile = SyncProfile.objects.select_for_update(of=("self",), no_key=True).get(pk=schedule.profile_id)
    others = sum(len(other.times) for other in profile.schedules.exclude(pk=schedule.pk))
    if others + len(schedule.times) > MOST_TIMES:
        words = _(
            "With this schedule, more than %(most)s syncs a day would be scheduled, which is the maximum. "
            "Choose a longer interval, or change or remove another schedule."
        )
        raise Refused(words % {"most": MOST_TIMES})


def _record(action: str, schedule: Schedule, actor: User | None) -> None:
    customer_id = schedule.profile.connection.customer_id
    event_record(action=action, actor=actor, target=schedule, customer_id=customer_id, **event_facts(schedule))


def event_facts(schedule: Schedule) -> dict[str, Any]:
    """What an audit event records about a schedule."""
    facts = {"profile": schedule.profile_id, "days": schedule.days, "time_zone": schedule.time_zone}
    return facts | {"at": f"{schedule.at:%H:%M}", "every_hours": schedule.every_hours}
