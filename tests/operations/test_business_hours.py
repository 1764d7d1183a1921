"""Support's business hours: by default Monday to Friday, 9:00 to 17:00 in Vancouver, without public holidays."""

from datetime import datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from operations.business_hours import hours_of
from operations.charts import service_weeks
from wizard.models import Question, SupportSettings, SyncProfile
from wizard.models.support_settings import deployment_defaults

HOURS = hours_of(SupportSettings(**deployment_defaults()))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HOURS.zone)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-23 10:00", "2026-11-23 12:30", 2.5),
        ("2026-11-23 07:00", "2026-11-23 18:00", 8),
        ("2026-11-23 16:00", "2026-11-24 10:00", 2),
        ("2026-11-20 16:00", "2026-11-23 10:00", 2),
        ("2026-11-21 10:00", "2026-11-22 15:00", 0),
        ("2026-11-23 18:00", "2026-11-23 19:00", 0),
        ("2026-10-30 16:00", "2026-11-02 10:00", 2),
        ("2026-04-02 16:00", "2026-04-06 10:00", 2),
        ("2026-08-03 09:00", "2026-08-03 17:00", 0),
    ],
    ids=[
        *("within a day", "a whole day", "over night", "over a weekend", "at a weekend", "at night", "clocks change"),
        *("Good Friday", "British Columbia Day"),
    ],
)
def test_only_business_hours_count(start: str, end: str, hours: float) -> None:
    assert HOURS.working_time(at(start), at(end)) == timedelta(hours=hours)


moments = st.integers(0, 500_000).map(lambda minutes: at("2026-01-01") + timedelta(minutes=minutes))


@given(st.lists(moments, min_size=3, max_size=3).map(sorted))
def test_working_time_of_a_period_is_the_sum_of_its_parts(three: list[datetime]) -> None:
    first, middle, last = three
    assert HOURS.working_time(first, middle) + HOURS.working_time(middle, last) == HOURS.working_time(first, last)


@pytest.fixture
def decided(claimed: SyncProfile, support: User) -> SyncProfile:
    """A profile requested on a Monday at 9 and decided on Tuesday at 11.

    A question was open on Monday from 10 to 15.
    """
    claimed.requested_at, claimed.decided_at = at("2026-11-23 09:00"), at("2026-11-24 11:00")
    claimed.state, claimed.decided_by = "approved", support
    claimed.save()
    Question.objects.create(
        profile=claimed, text="?", asked_at=at("2026-11-23 10:00"), answer="!", closed_at=at("2026-11-23 15:00")
    )
    return claimed


def test_time_of_an_open_question_does_not_count(decided: SyncProfile) -> None:
    assert HOURS.service_time(decided) == timedelta(hours=5)


def test_weeks_without_a_decision_are_in_the_chart(decided: SyncProfile) -> None:
    with time_machine.travel(at("2026-11-25 12:00"), tick=False):
        weeks = service_weeks(SyncProfile.objects.filter(pk=decided.pk), HOURS)
    assert len(weeks) == 14
    assert [len(week.times) for week in weeks] == [0] * 13 + [1]
    assert (weeks[-1].median, weeks[-1].median_bar, weeks[0].median_bar) == (timedelta(hours=5), 100, 0)
