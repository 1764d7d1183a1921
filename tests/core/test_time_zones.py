from zoneinfo import ZoneInfo

import pytest

from core.time_zones import UTC, known_zone, zone_choices, zone_names, zone_of


@pytest.mark.parametrize("name", ["US/Pacific-New", "", "America", "../etc/passwd", "/etc/passwd", "a\0b", "x" * 5000])
def test_name_that_this_machine_does_not_know_falls_back(name: str) -> None:
    assert known_zone(name) is None
    assert zone_of(name, "America/Toronto") == ZoneInfo("America/Toronto")
    assert zone_of(name) == UTC


def test_zones_of_canada_and_the_united_states_are_offered_first() -> None:
    (_, common), (_, others) = zone_choices("US/Pacific")

    assert len(common) == 8
    assert {name for name, _label in common} <= set(zone_names())
    assert {"Europe/Paris", "US/Pacific"} < {name for name, _label in others}
    assert not dict(common).keys() & dict(others).keys()
