"""Converts days and times in a time zone to times in UTC, also when the clocks change:

- a time that the clocks skip in spring is moved by as much as they skip (02:30 becomes 03:30);
- a time that occurs twice in autumn counts once, at its first occurrence.
"""

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def next_moment(days: Collection[int], at: time, zone: ZoneInfo, *, after: datetime) -> datetime:
    """The first time after `after`, in UTC.

    `days` has at least one day, numbered as in `datetime`: Monday is 0.
    """
    today = after.astimezone(zone).date()
    # Start with yesterday: a time that the clocks skip at midnight is moved to the next day.
    dates = (today + timedelta(days=ahead) for ahead in range(-1, 8))
    moments = (datetime.combine(date, at, zone).astimezone(UTC) for date in dates if date.weekday() in days)
    return next(moment for moment in moments if moment > after)
