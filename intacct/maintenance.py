"""Say when Intacct may be down every week.

Sage maintains Intacct on Fridays from 19:30 to 23:30 Pacific time. Jobs that run then fail. From the pages for users of
Nectari (Sage Intacct: import and delete), read in November 2026; Sage's own page about it is only for its customers.
"""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

FRIDAY = 4
ZONE = ZoneInfo("America/Los_Angeles")
START, END = time(19, 30), time(23, 30)


class Window(NamedTuple):
    """One maintenance, from `start` up to `end`."""

    start: datetime
    end: datetime


def next_window(at: datetime) -> Window:
    """Return the maintenance at this moment, or else the next one after it."""
    local = at.astimezone(ZONE)
    day = local.date() + timedelta(days=(FRIDAY - local.weekday()) % 7)
    window = _on(day)
    return window if at < window.end else _on(day + timedelta(days=7))


def window_at(at: datetime) -> Window | None:
    """Return the maintenance at this moment, or None."""
    window = next_window(at)
    return window if window.start <= at else None


def _on(day: date) -> Window:
    return Window(datetime.combine(day, START, ZONE), datetime.combine(day, END, ZONE))
