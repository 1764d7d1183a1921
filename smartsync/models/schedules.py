from collections.abc import Iterable
from datetime import datetime, time
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Min, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, is_suspended, validate_time_zone
from core.constraints import one_dimension
from core.time_zones import known_zone, zone_of
from intacct.maintenance import Window, window_at
from smartsync.recurrence import INTERVALS, ONCE, moments_of_week, next_moment, times_of_day
from wizard.models import SyncProfile


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    def visible_to(self, user: User) -> "ScheduleQuerySet":
        return self if user.is_beanworks else self.filter(profile__in=SyncProfile.objects.visible_to(user))

    def next_of(self, profiles: Iterable[SyncProfile]) -> dict[int, datetime]:
        """When each profile's next scheduled sync is, by the profile's key."""
        synced = SyncProfile.objects.synced().filter(pk__in=[profile.pk for profile in profiles])
        planned = self.filter(profile__in=synced, next_at__isnull=False).order_by()
        return dict(planned.values_list("profile").annotate(Min("next_at")))

    def due(self) -> "ScheduleQuerySet":
        in_use = self.exclude(is_suspended("profile__connection__customer"))
        return in_use.filter(next_at__lte=timezone.now()).order_by("next_at")


class Schedule(models.Model):
    """Days and times of day at which partial syncs of a profile start. `next_at` is None while it is paused.

    The times are `at` and, every `every_hours` hours, those that follow until midnight.
    """

    profile = models.ForeignKey(SyncProfile, on_delete=models.CASCADE, related_name="schedules")
    # Days are numbered as in `datetime`: Monday is 0.
    days = ArrayField(models.PositiveSmallIntegerField())
    at = models.TimeField()
    every_hours = models.PositiveSmallIntegerField(default=ONCE, db_default=ONCE)
    time_zone = models.CharField(max_length=60, validators=[validate_time_zone])
    next_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["profile", "days", "at", "every_hours", "time_zone"], name="no_schedule_twice"
            ),
            models.CheckConstraint(condition=Q(every_hours__in=INTERVALS), name="schedule_interval_is_known"),
            models.CheckConstraint(
                condition=Q(days__len__gt=0) & Q(days__contained_by=list(range(7))), name="days_of_a_week"
            ),
            one_dimension("days_are_one_list", "days"),
            # PostgreSQL accepts the time 24:00, which Python cannot read.
            models.CheckConstraint(condition=Q(at__lte=time.max), name="schedule_at_a_time_of_day"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="schedule_by_next_time")
        ]

    def __str__(self) -> str:
        return f"{self.days} {self.at:%H:%M} {self.time_zone}"

    @property
    def times(self) -> list[time]:
        """The times of each of its days."""
        return times_of_day(self.at, self.every_hours)

    @property
    def is_paused(self) -> bool:
        return self.next_at is None

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which to show the schedule's times."""
        return zone_of(self.time_zone, self.profile.legal_entity.time_zone)

    @property
    def in_maintenance(self) -> list[datetime]:
        """Its times in the next seven days at which Intacct is under its weekly maintenance."""
        if self.is_paused or not (zone := known_zone(self.time_zone)):
            return []
        moments = moments_of_week(self.days, self.times, zone, after=timezone.now())
        return [moment for moment in moments if window_at(moment)]

    def plan(self) -> None:
        """Set the next time, after now.

        Raises ZoneInfoNotFoundError for an unknown time zone, since a guess would start a sync at the wrong hour.
        """
        self.next_at = next_moment(self.days, self.times, ZoneInfo(self.time_zone), after=timezone.now())


class MissedRunQuerySet(models.QuerySet["MissedRun"]):
    def visible_to(self, user: User) -> "MissedRunQuerySet":
        return self if user.is_beanworks else self.filter(schedule__in=Schedule.objects.visible_to(user))

    def for_history(self) -> "MissedRunQuerySet":
        """Newest first, with all that the history shows."""
        profile = "schedule__profile"
        return self.select_related(f"{profile}__connection__customer", f"{profile}__legal_entity").order_by("-due_at")

    def unanswered(self, profile: SyncProfile) -> "MissedRun | None":
        """The profile's newest missed time, unless a sync has started since."""
        missed = self.filter(schedule__profile=profile).select_related("schedule").first()
        return missed if missed and not profile.runs.filter(created_at__gte=missed.due_at).exists() else None


class MissedRun(models.Model):
    """A time of a schedule at which no sync started, and why."""

    class Reason(models.TextChoices):
        LATE = "late", _("Beanworks Connect was not running at that time.")
        BUSY = "busy", _("Another sync of this legal entity was running.")
        NO_SUCCESS = "no_success", _("No sync of this legal entity has succeeded yet.")
        LATEST_FULL = "latest_full", _("The latest sync was a full sync. Run a partial sync to resume scheduled syncs.")
        REFUSED = "refused", _("Intacct refused the sign-in. Enter new credentials to resume scheduled syncs.")

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="missed")
    due_at = models.DateTimeField()
    reason = models.CharField(max_length=12, choices=Reason)
    is_notified = models.BooleanField(default=False, db_default=False)

    objects = MissedRunQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-due_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["schedule", "due_at"], name="missed_once_per_time"),
            models.CheckConstraint(
                condition=Q(reason__in=["late", "busy", "no_success", "latest_full", "refused"]),
                name="missed_for_a_known_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(is_notified=False), name="missed_run_not_notified"),
            models.Index(fields=["due_at"], name="missed_run_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.due_at:%Y-%m-%d %H:%M}: {self.reason}"

    @property
    def maintenance(self) -> Window | None:
        """Intacct's weekly maintenance, if it was at this time."""
        return window_at(self.due_at)
