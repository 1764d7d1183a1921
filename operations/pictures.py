"""Figures as bars, worked out here and drawn by the server; each page shows their table beside them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.utils import timezone

from operations.clock import ZONE, service_time
from wizard.models import SyncProfile

DAYS = 90


@dataclass(frozen=True)
class Week:
    """Requests decided in it. Bars are in percent of the longest time of all weeks."""

    monday: date
    times: Sequence[timedelta]
    longest_of_all: timedelta

    @property
    def median(self) -> timedelta:
        return timedelta(seconds=median(each.total_seconds() for each in self.times)) if self.times else timedelta()

    @property
    def longest(self) -> timedelta:
        return max(self.times, default=timedelta())

    @property
    def median_bar(self) -> float:
        return self._percent(self.median)

    @property
    def longest_bar(self) -> float:
        return self._percent(self.longest)

    def _percent(self, length: timedelta) -> float:
        return round(100 * length / self.longest_of_all, 1) if self.longest_of_all else 0


def service_weeks(decided: Iterable[SyncProfile]) -> list[Week]:
    """Every week of the last 90 days, oldest first, those without a decision too."""
    times: dict[date, list[timedelta]] = {monday: [] for monday in _mondays()}
    for profile in decided:
        if profile.decided_at and (monday := _monday(profile.decided_at)) in times:
            times[monday].append(service_time(profile))
    longest = max((each for week in times.values() for each in week), default=timedelta())
    return [Week(monday, week, longest) for monday, week in times.items()]


def _mondays() -> Iterable[date]:
    last, first = _monday(timezone.now()), _monday(timezone.now() - timedelta(days=DAYS))
    return (first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1))


def _monday(at: datetime) -> date:
    day = at.astimezone(ZONE).date()
    return day - timedelta(days=day.weekday())
