"""Times of the demonstration's past, in days before now."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from operations.business_hours import OPENS, WEEKEND, ZONE

DAY = timedelta(days=1)
NIGHT = time(5)


def ago(days: float, *, minutes: int = 0) -> datetime:
    return timezone.now() - timedelta(days=days, minutes=minutes)


def between(start: datetime, end: datetime, part: int, of: int) -> datetime:
    return start + (end - start) * part / of


def morning(days: int, minutes: int = 0) -> datetime:
    """So many minutes after support opens, on a working day at least that many days ago."""
    day = ago(days).astimezone(ZONE).date()
    while day.weekday() in WEEKEND:
        day -= DAY
    return datetime.combine(day, OPENS, ZONE) + timedelta(minutes=minutes)


def broken_at() -> datetime:
    """The night in which a connection broke: yesterday's, or today's if it is afternoon."""
    return max(night for night in nights(3) if night < ago(0.5))


def nights(days: int) -> list[datetime]:
    """When nightly syncs started on each of the last days, oldest first."""
    today = timezone.now().astimezone(ZONE).date()
    moments = [datetime.combine(today - day * DAY, NIGHT, ZONE) for day in reversed(range(days + 1))]
    return [moment for moment in moments if ago(days) < moment < timezone.now()]
