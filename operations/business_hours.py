"""How long customers wait for a decision, in support's working hours. Public holidays count as working days."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from wizard.models import SyncProfile

ZONE = ZoneInfo("America/Vancouver")
OPENS, CLOSES = time(9), time(17)
WEEKEND = (5, 6)
# Support decides within one working day. After half of it, a request is due soon.
TARGET = timedelta(hours=8)


def working_time(start: datetime, end: datetime) -> timedelta:
    start, end = start.astimezone(ZONE), end.astimezone(ZONE)
    days = (start.date() + timedelta(days=number) for number in range((end.date() - start.date()).days + 1))
    return sum((_working_time_on(day, start, end) for day in days if day.weekday() not in WEEKEND), timedelta())


def _working_time_on(day: date, start: datetime, end: datetime) -> timedelta:
    opens, closes = datetime.combine(day, OPENS, ZONE), datetime.combine(day, CLOSES, ZONE)
    return max(min(end, closes) - max(start, opens), timedelta())


def service_time(profile: SyncProfile) -> timedelta:
    """Return the time from the request to its decision, or to now.

    The time a question waits for the customer does not count.
    """
    end = profile.decided_at or timezone.now()
    with_customer = (working_time(question.asked_at, question.closed_at or end) for question in profile.questions.all())
    return working_time(profile.requested_at, end) - sum(with_customer, timedelta())
