from datetime import UTC, datetime, time

import pytest
from django.utils.formats import date_format, time_format
from django.utils.translation import override


@pytest.mark.parametrize(
    ("name", "english", "french"),
    [
        ("DATE_FORMAT", "Jan. 31, 2026", "31 janvier 2026"),
        ("TIME_FORMAT", "1:40 p.m.", "13 h 40"),
        ("DATETIME_FORMAT", "Jan. 31, 2026, 1:40 p.m.", "31 janvier 2026, 13 h 40"),
        ("SHORT_DATE_FORMAT", "01/31/2026", "2026-01-31"),
        ("SHORT_DATETIME_FORMAT", "01/31/2026 1:40 p.m.", "2026-01-31 13 h 40"),
        ("MONTH_DAY_FORMAT", "January 31", "31 janvier"),
        ("YEAR_MONTH_FORMAT", "January 2026", "janvier 2026"),
    ],
)
def test_dates_and_times_in_both_languages(name: str, english: str, french: str) -> None:
    moment = datetime(2026, 1, 31, 13, 40, tzinfo=UTC)

    for language, shown in (("en", english), ("fr-ca", french)):
        with override(language):
            assert date_format(moment, name).replace("\xa0", " ") == shown


@pytest.mark.parametrize("language", ["en", "fr-ca"])
def test_time_stays_on_one_line(language: str) -> None:
    with override(language):
        assert " " not in time_format(time(5), "TIME_FORMAT")
        assert date_format(datetime(2026, 1, 31, 5, tzinfo=UTC), "DATETIME_FORMAT").endswith(time_format(time(5)))
