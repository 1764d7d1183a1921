"""Days and moments in every format that an API user can choose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.company import Formatting
from practice.records import times
from practice.records.sources import DAY

# 2026-03-01 23:05:09 UTC, shortly before midnight, so that an offset changes the day.
MOMENT = 1_772_406_309
FORMATS = ["/mdY", "/dmY", "-Ymd", "-dmY", ".dmY"]


@pytest.mark.parametrize(
    ("dateformat", "text"),
    [
        ("/mdY", "03/01/2026"),
        ("/dmY", "01/03/2026"),
        ("-Ymd", "2026-03-01"),
        ("-dmY", "01-03-2026"),
        (".dmY", "01.03.2026"),
    ],
)
def test_day_is_written_in_the_order_of_the_format(dateformat: str, text: str) -> None:
    formatting = Formatting(dateformat=dateformat)  # type: ignore[arg-type]
    assert times.day_text(MOMENT // DAY, formatting) == text
    assert times.day_parse(text, formatting) == MOMENT // DAY


@pytest.mark.parametrize(
    ("hours", "clock", "text"),
    [
        (0, "24", "03/01/2026 23:05:09"),
        (1, "24", "03/02/2026 00:05:09"),
        (-8, "24", "03/01/2026 15:05:09"),
        (9.5, "24", "03/02/2026 08:35:09"),
        (0, "12", "03/01/2026 11:05:09 PM"),
        (1, "12", "03/02/2026 12:05:09 AM"),
        (-11, "12", "03/01/2026 12:05:09 PM"),
    ],
)
def test_moment_is_written_in_the_time_zone_and_clock_of_the_user(hours: float, clock: str, text: str) -> None:
    formatting = Formatting(gmtoffset=hours, clock=clock)  # type: ignore[arg-type]
    assert times.moment_text(MOMENT, formatting) == text


@given(
    moment=st.integers(-5 * 10**8, 4 * 10**9),
    dateformat=st.sampled_from(FORMATS),
    hours=st.sampled_from([-11, -3.5, 0, 5.75, 13]),
    clock=st.sampled_from(["24", "12"]),
)
def test_moment_is_read_back_from_its_text(moment: int, dateformat: str, hours: float, clock: str) -> None:
    formatting = Formatting(dateformat=dateformat, gmtoffset=hours, clock=clock)  # type: ignore[arg-type]
    assert times.moment_parse(times.moment_text(moment, formatting), formatting) == moment


def test_day_without_a_time_means_its_midnight_in_the_time_zone_of_the_user() -> None:
    formatting = Formatting(gmtoffset=-8)
    assert times.moment_parse("03/01/2026", formatting) == times.day_start("2026-03-01") + 8 * 3600


def test_time_after_a_day_is_ignored() -> None:
    assert times.day_parse("03/01/2026 23:59:59", Formatting()) == times.day_start("2026-03-01") // DAY


@pytest.mark.parametrize("text", ["2026-03-01", "13/01/2026", "02/30/2026", "", "today"])
def test_day_in_another_format_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"format|range|month|remains"):
        times.day_parse(text, Formatting())


def test_time_of_the_other_clock_is_refused() -> None:
    with pytest.raises(ValueError, match=r"format|range|month|remains"):
        times.moment_parse("03/01/2026 11:05:09 PM", Formatting(clock="24"))
    with pytest.raises(ValueError, match=r"format|range|month|remains"):
        times.moment_parse("03/01/2026 23:05:09", Formatting(clock="12"))


@pytest.mark.parametrize(
    ("hours", "text"), [(0, "+00:00"), (-8, "-08:00"), (9.5, "+09:30"), (5.75, "+05:45"), (-3.5, "-03:30")]
)
def test_offset_has_hours_and_minutes(hours: float, text: str) -> None:
    assert times.offset_text(hours) == text
