"""Times of the demonstration's past, in days before now."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from operations.business_hours import hours_of
from wizard.models import SupportSettings
from wizard.models.support_settings import deployment_defaults

DAY = timedelta(days=1)
NIGHT = time(5)
HOURS = hours_of(SupportSettings(**deployment_defaults()))


def ago(days: float, *, minutes: int = 0) -> datetime:
    return timezone.now() - timedelta(days=days, minutes=minutes)


def between(start: datetime, end: datetime, part: int, of: int) -> datetime:
    return start + (end - start) * part / of


def morning(days: int, minutes: int = 0) -> datetime:
    """So many minutes after support opens, on a working day at least that many days ago."""
    day = ago(days).astimezone(HOURS.zone).date()
    while not HOURS.is_business_day(day):
        day -= DAY
    return datetime.combine(day, HOURS.opens, HOURS.zone) + timedelta(minutes=minutes)


def broken_at() -> datetime:
    """The night in which a connection broke: yesterday's, or today's if it is afternoon."""
    return max(night for night in nights(3) if night < ago(0.5))


def nights(days: int) -> list[datetime]:
    """When nightly syncs started on each of the last days, oldest first."""
    today = timezone.now().astimezone(HOURS.zone).date()
    moments = [datetime.combine(today - day * DAY, NIGHT, HOURS.zone) for day in reversed(range(days + 1))]
    return [moment for moment in moments if ago(days) < moment < timezone.now()]
