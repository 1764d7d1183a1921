"""Days and times as times in UTC, also when the clocks change. In Vancouver: 8 March and 1 November 2026."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartsync.recurrence import INTERVALS, ONCE, WEEK, moments_of_week, next_moment, times_of_day

VANCOUVER = ZoneInfo("America/Vancouver")
EVERY_DAY = range(7)


def moments(days: object, at: time, zone: ZoneInfo, after: str, count: int) -> list[str]:
    results, moment = [], datetime.fromisoformat(after)
    for _ in range(count):
        moment = next_moment(days, [at], zone, after=moment)  # type: ignore[arg-type]
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
        results.append(next_moment(days, [at], zone, after=results[-1]))
    assert all(earlier < later for earlier, later in pairwise(results))
    on_time = [moment for moment in results[1:] if moment.astimezone(zone).time() == at]
    assert {moment.astimezone(zone).weekday() for moment in on_time} <= days
    assert len(on_time) >= 6


def hours(moments: list[datetime], zone: ZoneInfo = VANCOUVER) -> list[int]:
    return [moment.astimezone(zone).hour for moment in moments]


def day_of(day: date, at: time, every_hours: int, zone: ZoneInfo = VANCOUVER) -> list[datetime]:
    """The times of one day, as a schedule that is planned again after each run has them."""
    times, results = times_of_day(at, every_hours), []
    midnight = datetime.combine(day, time(), zone)
    moment = next_moment(EVERY_DAY, times, zone, after=midnight - timedelta(seconds=1))
    while moment.astimezone(zone).date() == day:
        results.append(moment)
        moment = next_moment(EVERY_DAY, times, zone, after=moment)
    return results


@pytest.mark.parametrize(
    ("at", "every_hours", "expected"),
    [
        (time(7, 30), ONCE, [7]),
        (time(7, 30), 4, [7, 11, 15, 19, 23]),
        (time(0), 6, [0, 6, 12, 18]),
        (time(23), 1, [23]),
    ],
)
def test_interval_repeats_until_midnight(at: time, every_hours: int, expected: list[int]) -> None:
    times = times_of_day(at, every_hours)

    assert [moment.hour for moment in times] == expected
    assert {moment.minute for moment in times} == {at.minute}


def test_every_hour_runs_once_where_the_clocks_skip_or_repeat_an_hour() -> None:
    spring, autumn = day_of(date(2026, 3, 8), time(0), 1), day_of(date(2026, 11, 1), time(0), 1)

    assert hours(spring) == [0, 1, *range(3, 24)]
    assert hours(autumn) == [*range(24)]
    assert autumn[2] - autumn[1] == timedelta(hours=2)


def test_interval_keeps_its_local_times_across_a_change_of_clocks() -> None:
    for day in (date(2026, 3, 7), date(2026, 3, 8), date(2026, 3, 9), date(2026, 11, 1), date(2026, 11, 2)):
        assert hours(day_of(day, time(6), 4)) == [6, 10, 14, 18, 22]


# Days on which clocks change in many zones, and others.
MOMENTS = st.one_of(
    st.datetimes(datetime(2026, 3, 6), datetime(2026, 3, 31)),  # noqa: DTZ001
    st.datetimes(datetime(2026, 10, 23), datetime(2026, 11, 3)),  # noqa: DTZ001
    st.datetimes(datetime(1990, 1, 1), datetime(2036, 1, 1)),  # noqa: DTZ001
).map(lambda at: at.replace(tzinfo=UTC))


@given(
    days=st.sets(st.integers(0, 6), min_size=1),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    every_hours=st.sampled_from(INTERVALS),
    zone=st.sampled_from(sorted(available_timezones())).map(ZoneInfo),
    after=MOMENTS,
)
def test_interval_never_runs_a_time_twice_and_misses_none(
    days: set[int], at: time, every_hours: int, zone: ZoneInfo, after: datetime
) -> None:
    times = times_of_day(at, every_hours)

    planned, moment = [], after
    while (moment := next_moment(days, times, zone, after=moment)) <= after + WEEK:
        planned.append(moment)

    assert planned == sorted(set(planned)) == moments_of_week(days, times, zone, after=after)
    local = [moment.astimezone(zone) for moment in planned]
    on_time = [moment for moment in local if moment.time() in times]
    # Each local time once: none is repeated when the clocks go back.
    assert len({moment.replace(tzinfo=None) for moment in local}) == len(local)
    assert {moment.weekday() for moment in on_time} <= days
    # Clocks that go forward move at most the times of one day.
    assert len(local) - len(on_time) <= len(times)
