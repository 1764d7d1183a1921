from zoneinfo import ZoneInfo

import pytest
from django import forms
from lxml import html

from core.time_zones import UTC, ZoneSelect, known_zone, zone_choices, zone_names, zone_of


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


def test_zones_are_rendered_as_by_django() -> None:
    chosen, choices = "America/Toronto", zone_choices()
    attributes = {"id": "id_zone", "aria-describedby": "help"}
    ours, theirs = (
        html.fromstring(widget(choices=choices).render("zone", chosen, attributes))
        for widget in (ZoneSelect, forms.Select)
    )
    parts = [
        [(part.tag, dict(part.attrib), (part.text or "").strip()) for part in tree.iter()] for tree in (ours, theirs)
    ]
    assert len(parts[0]) > 300
    assert parts[0] == [(tag, {k: v or "" for k, v in attrib.items()}, text) for tag, attrib, text in parts[1]]
