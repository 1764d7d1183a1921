"""How long customers wait for a decision, in support's business hours, without public holidays."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.utils import timezone

from core.time_zones import zone_of
from wizard.models import SupportSettings, SyncProfile

ONE_DAY = timedelta(days=1)
# When a question was asked, and when it was closed, if it was.
Period = tuple[datetime, datetime | None]


@dataclass(frozen=True)
class BusinessHours:
    """From when to when support works, on which days of the week, where, and the target for a decision."""

    opens: time
    closes: time
    days: Collection[int]
    zone: ZoneInfo
    region: str
    target: timedelta

    def is_business_day(self, day: date) -> bool:
        return day.weekday() in self.days and day not in public_holidays(self.region, day.year)

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        start, end = start.astimezone(self.zone), end.astimezone(self.zone)
        days = (start.date() + ONE_DAY * number for number in range((end.date() - start.date()).days + 1))
        return sum((self._working_time_on(day, start, end) for day in days if self.is_business_day(day)), timedelta())

    def _working_time_on(self, day: date, start: datetime, end: datetime) -> timedelta:
        opens, closes = (datetime.combine(day, at, self.zone) for at in (self.opens, self.closes))
        return max(min(end, closes) - max(start, opens), timedelta())

    def service_time(self, profile: SyncProfile) -> timedelta:
        """Return the time from the request to its decision, or to now."""
        end = profile.decided_at or timezone.now()
        questions = [(question.asked_at, question.closed_at) for question in profile.questions.all()]
        return self.time_with_beanworks(profile.requested_at, end, questions)

    def time_with_beanworks(self, start: datetime, end: datetime, questions: Iterable[Period]) -> timedelta:
        """Return the working time of a request. The time a question waits for the customer does not count."""
        with_customer = (self.working_time(asked_at, closed_at or end) for asked_at, closed_at in questions)
        return self.working_time(start, end) - sum(with_customer, timedelta())

    def time_claimed(self, profile: SyncProfile) -> timedelta:
        return self.working_time(profile.claimed_at, timezone.now()) if profile.claimed_at else timedelta()


def business_hours() -> BusinessHours:
    """Return the hours that apply now. Every call reads them: call it once for a page."""
    return hours_of(SupportSettings.current())


def hours_of(settings: SupportSettings) -> BusinessHours:
    return BusinessHours(
        opens=settings.opens,
        closes=settings.closes,
        days=frozenset(settings.days),
        zone=zone_of(settings.time_zone),
        region=settings.holidays,
        target=timedelta(hours=settings.target_hours),
    )


@cache
def public_holidays(region: str, year: int) -> frozenset[date]:
    """Return the public holidays of a province in a year.

    Remembered, because the package computes them for each of its calendars, and its calendars are not for threads.
    """
    if not region:
        return frozenset()

    from holidays import country_holidays  # imported here because it takes 0.2 s, which most processes never need

    return frozenset(country_holidays("CA", subdiv=region, years=year))
