"""Find time zones by name.

A name that was valid when it was stored may be unknown to the machine that reads it: the time zone database renames and
removes zones, and its version differs between machines.
"""

from datetime import date, datetime, time
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.forms.utils import flatatt
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import make_aware
from django.utils.translation import gettext_lazy as _

from core.text import Words

UTC = ZoneInfo("UTC")

# The zones of nearly all customers, from west to east. They are offered first.
COMMON: dict[str, Promise] = {
    "America/Vancouver": _("Pacific Time (Vancouver, Los Angeles)"),
    "America/Edmonton": _("Mountain Time (Edmonton, Denver)"),
    "America/Phoenix": _("Mountain Standard Time (Phoenix)"),
    "America/Regina": _("Central Standard Time (Regina)"),
    "America/Winnipeg": _("Central Time (Winnipeg, Chicago)"),
    "America/Toronto": _("Eastern Time (Toronto, Montréal, New York)"),
    "America/Halifax": _("Atlantic Time (Halifax)"),
    "America/St_Johns": _("Newfoundland Time (St. John’s)"),
}

# Entries of the time zone database that are not a zone, or a different one on every machine.
NO_ZONES = {"Factory", "localtime", "posixrules"}


@cache
def zone_names() -> tuple[str, ...]:
    """Return the names of the zones that users can choose, sorted.

    Finding them reads a thousand files, which takes 35 ms: longer than a page.
    """
    return tuple(sorted(available_timezones() - NO_ZONES))


def zone_choices(current: str = "") -> list[tuple[Words, list[tuple[str, Words]]]]:
    """Return groups of the zones that a form offers, as (name, label): first the common ones, then all others.

    current: the stored zone. It is offered in any case, so that saving the form does not change it.
    """
    others = [name for name in zone_names() if name not in COMMON and (name == current or _is_city(name))]
    return [
        (_("Canada and United States"), list(COMMON.items())),
        (_("Other time zones"), [(name, zone_label(name)) for name in others]),
    ]


class ZoneSelect(forms.Select):
    """The choices of `zone_choices`. Django renders a template for each of its 400 options, which takes 15 ms."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = self.format_value(value)
        groups = (
            (label, SafeString("".join(_option(zone, str(text), zone in chosen) for zone, text in zones)))
            for label, zones in self.choices
        )
        attributes = self.build_attrs(self.attrs, {"name": name, **(attrs or {})})
        return format_html(
            "<select{}>{}</select>",
            flatatt(attributes),
            format_html_join("", '<optgroup label="{}">{}</optgroup>', groups),
        )


@cache
def _option(zone: str, label: str, is_chosen: bool) -> SafeString:
    return format_html("<option{}>{}</option>", flatatt({"value": zone, "selected": is_chosen}), label)


def zone_label(name: str) -> Words:
    """Return the name of a zone as readers know it: by its cities, "Europe/Paris" and not "Etc/GMT-1"."""
    return COMMON.get(name) or name.replace("_", " ")


def _is_city(name: str) -> bool:
    return name == "UTC" or ("/" in name and not name.startswith(("Etc/", "SystemV/", "US/")))


def known_zone(name: str) -> ZoneInfo | None:
    """Return the zone with this name; None if this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; not a name ("../x"); the name of a folder ("America")
        return None


def zone_of(*names: str) -> ZoneInfo:
    """Return the first of these zones that this machine knows, otherwise UTC."""
    return next(filter(None, map(known_zone, names)), UTC)


def start_of_day(day: date) -> datetime:
    """Return the first moment of a day in the current time zone."""
    return make_aware(datetime.combine(day, time.min))
