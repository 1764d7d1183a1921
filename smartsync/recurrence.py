"""Converts days and times in a time zone to times in UTC, also when the clocks change:

- a time that the clocks skip in spring is moved by as much as they skip (02:30 becomes 03:30); if another time of the
  day is then at the same moment, both are one;
- a time that occurs twice in autumn counts once, at its first occurrence.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONCE = 24
"""The interval, in hours, of a schedule with one time a day."""
INTERVALS = (1, 2, 3, 4, 6, 8, 12, ONCE)
"""Hours between two times of a day. They divide the day, so that from midnight the times are the same every day."""
WEEK = timedelta(days=7)


def times_of_day(at: time, every_hours: int) -> list[time]:
    """The times of one day: `at`, and every so many hours until midnight."""
    return [at.replace(hour=hour) for hour in range(at.hour, 24, every_hours)]


def next_moment(days: Collection[int], times: Collection[time], zone: ZoneInfo, *, after: datetime) -> datetime:
    """The first time after `after`, in UTC.

    `days` has at least one day, numbered as in `datetime`: Monday is 0.
    """
    return min(moment for moment in _moments(days, times, zone, around=after) if moment > after)


def moments_of_week(
    days: Collection[int], times: Collection[time], zone: ZoneInfo, *, after: datetime
) -> list[datetime]:
    """All times in the seven days after `after`, in UTC."""
    moments = {*_moments(days, times, zone, around=after)}
    return sorted(moment for moment in moments if after < moment <= after + WEEK)


def _moments(days: Collection[int], times: Collection[time], zone: ZoneInfo, *, around: datetime) -> Iterator[datetime]:
    """The times of a week and of a day before and after it. Those of one day need not be in order."""
    for day in _dates(around.astimezone(zone).date()):
        if day.weekday() in days:
            yield from (datetime.combine(day, at, zone).astimezone(UTC) for at in times)


def _dates(today: date) -> Iterable[date]:
    # Start with yesterday: a time that the clocks skip at midnight is moved to the next day.
    return (today + timedelta(days=ahead) for ahead in range(-1, 9))
