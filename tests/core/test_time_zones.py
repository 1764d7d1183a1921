from zoneinfo import ZoneInfo

import pytest

from core.time_zones import UTC, known_zone, zone_of


@pytest.mark.parametrize("name", ["US/Pacific-New", "", "America", "../etc/passwd", "/etc/passwd", "a\0b", "x" * 5000])
def test_name_that_this_machine_does_not_know_falls_back(name: str) -> None:
    assert known_zone(name) is None
    assert zone_of(name, "America/Toronto") == ZoneInfo("America/Toronto")
    assert zone_of(name) == UTC
