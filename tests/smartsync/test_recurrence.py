"""Days and times as times in UTC, also when the clocks change. In Vancouver: 8 March and 1 November 2026."""

from datetime import UTC, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartsync.recurrence import next_moment

VANCOUVER = ZoneInfo("America/Vancouver")
EVERY_DAY = range(7)


def moments(days: object, at: time, zone: ZoneInfo, after: str, count: int) -> list[str]:
    results, moment = [], datetime.fromisoformat(after)
    for _ in range(count):
        moment = next_moment(days, at, zone, after=moment)  # type: ignore[arg-type]
        results.append(f"{moment:%m-%d %H:%M}")
    return results


def test_local_time_stays_the_same_when_the_clocks_change() -> None:
    assert moments(EVERY_DAY, time(6), VANCOUVER, "2026-03-07T00:00:00Z", 3) == [
        "03-07 14:00",
        "03-08 13:00",
        "03-09 13:00",
    ]


def test_skipped_time_runs_once_and_an_hour_later() -> None:
    """02:30 on 8 March is 03:30 by the new time, 10:30 in UTC."""
    assert moments(EVERY_DAY, time(2, 30), VANCOUVER, "2026-03-07T11:00:00Z", 2) == ["03-08 10:30", "03-09 09:30"]


def test_repeated_time_runs_once_at_its_first_occurrence() -> None:
    """01:30 on 1 November is 08:30 and again 09:30 in UTC."""
    assert moments(EVERY_DAY, time(1, 30), VANCOUVER, "2026-10-31T09:00:00Z", 2) == ["11-01 08:30", "11-02 09:30"]


def test_between_both_occurrences_of_a_time_the_next_day_follows() -> None:
    assert moments(EVERY_DAY, time(1, 30), VANCOUVER, "2026-11-01T08:45:00Z", 1) == ["11-02 09:30"]


def test_time_on_a_skipped_day_or_at_a_skipped_midnight_is_moved() -> None:
    """Samoa had no 30 December 2011; the clocks of Santiago skip midnight."""
    apia, santiago = ZoneInfo("Pacific/Apia"), ZoneInfo("America/Santiago")
    friday, sunday = (4,), (6,)
    assert moments(friday, time(12), apia, "2011-12-29T00:00:00Z", 1) == ["12-30 22:00"]
    assert moments(sunday, time(0, 30), santiago, "2026-09-05T12:00:00Z", 1) == ["09-06 04:30"]


@pytest.mark.parametrize(("days", "expected"), [((0, 4), ["11-27 14:00", "11-30 14:00"]), ((1,), ["12-01 14:00"])])
def test_only_the_chosen_days_count(days: tuple[int, ...], expected: list[str]) -> None:
    assert moments(days, time(6), VANCOUVER, "2026-11-24T14:00:00Z", len(expected)) == expected


@given(
    days=st.sets(st.integers(0, 6), min_size=1),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    zone=st.sampled_from(sorted(available_timezones())).map(ZoneInfo),
    after=st.datetimes(datetime(1990, 1, 1), datetime(2036, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),  # noqa: DTZ001
)
def test_times_never_end_and_are_on_the_chosen_days(days: set[int], at: time, zone: ZoneInfo, after: datetime) -> None:
    results = [after]
    for _ in range(8):
        results.append(next_moment(days, at, zone, after=results[-1]))
    assert all(earlier < later for earlier, later in pairwise(results))
    on_time = [moment for moment in results[1:] if moment.astimezone(zone).time() == at]
    assert {moment.astimezone(zone).weekday() for moment in on_time} <= days
    assert len(on_time) >= 6
