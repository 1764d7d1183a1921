"""Days and times in a time zone, as moments. Right across changes of the clocks:

- a time that the clocks skip in spring is taken that much later (02:30 becomes 03:30);
- a time that comes twice in autumn is taken once, when it comes first.
"""

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def next_moment(days: Collection[int], at: time, zone: ZoneInfo, *, after: datetime) -> datetime:
    """The first moment after `after`, in UTC; `days` as datetime counts them, Monday 0, at least one."""
    today = after.astimezone(zone).date()
    # From yesterday on: a time skipped at midnight falls on the day after.
    dates = (today + timedelta(days=ahead) for ahead in range(-1, 8))
    moments = (datetime.combine(date, at, zone).astimezone(UTC) for date in dates if date.weekday() in days)
    return next(moment for moment in moments if moment > after)
