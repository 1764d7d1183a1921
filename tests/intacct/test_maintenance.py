"""Fridays from 19:30 to 23:30 in Los Angeles: on Saturdays in UTC, an hour earlier in summer."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intacct.maintenance import ZONE, next_window, window_at

SUMMER, WINTER = (datetime(2026, 7, 4, 2, 30, tzinfo=UTC), datetime(2026, 12, 5, 3, 30, tzinfo=UTC))
HOURS = timedelta(hours=4)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("start", [SUMMER, WINTER])
def test_window_is_four_hours_in_pacific_time(start: datetime) -> None:
    assert window_at(start) == window_at(start + HOURS - SECOND) == (start, start + HOURS)
    assert window_at(start - SECOND) is None
    assert window_at(start + HOURS) is None


def test_next_window_is_the_present_one_or_in_the_coming_week() -> None:
    assert next_window(WINTER - timedelta(days=6)).start == WINTER
    assert next_window(WINTER + SECOND).start == WINTER
    assert next_window(WINTER + HOURS).start == WINTER + timedelta(days=7)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2036, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)))  # noqa: DTZ001
def test_windows_are_on_fridays_and_never_over(at: datetime) -> None:
    window = next_window(at)

    assert at < window.end <= at + timedelta(days=7) + HOURS + timedelta(hours=1)
    assert window.start.astimezone(ZONE).weekday() == 4
    assert (window_at(at) is not None) == (window.start <= at)
