"""No timestamp or time that PostgreSQL can store makes a query fail."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from core.timestamps import EARLIEST, LATEST


def read(moment: str) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [moment])
        value: datetime = cursor.fetchone()[0]
    return value


@pytest.mark.parametrize("moment", ["4713-01-01 BC", "0001-01-01 BC", "0001-01-01", "0024-11-01", "-infinity"])
def test_time_before_the_earliest_is_read_as_the_earliest(db: None, moment: str) -> None:
    assert read(moment) == EARLIEST


@pytest.mark.parametrize("moment", ["9999-12-31 23:59:59-12", "10000-01-01", "294276-01-01", "infinity"])
def test_time_after_the_latest_is_read_as_the_latest(db: None, moment: str) -> None:
    assert read(moment) == LATEST


def test_ordinary_moment_is_read_as_it_is(db: None) -> None:
    assert read("2026-11-24 12:30:00.000001-08") == datetime(2026, 11, 24, 20, 30, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize("moment", [EARLIEST, LATEST])
def test_every_moment_read_can_be_shown_in_every_zone(moment: datetime) -> None:
    assert moment.astimezone(ZoneInfo("Pacific/Kiritimati")) == moment.astimezone(ZoneInfo("Etc/GMT+12"))


@pytest.mark.parametrize(("written", "read_as"), [("24:00", time.max), ("23:59:59.5", time(23, 59, 59, 500_000))])
def test_every_time_of_day_is_read(db: None, written: str, read_as: time) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::time", [written])
        assert cursor.fetchone() == (read_as,)
