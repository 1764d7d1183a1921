"""Find time zones by name.

A name that was valid when it was stored may be unknown to the machine that reads it: the time zone database renames and
removes zones, and its version differs between machines.
"""

from datetime import date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils.timezone import make_aware

UTC = ZoneInfo("UTC")

# Entries of the time zone database that are not a zone, or a different one on every machine.
NO_ZONES = {"Factory", "localtime", "posixrules"}


@cache
def zone_names() -> tuple[str, ...]:
    """Return the names of the zones that users can choose, sorted.

    Finding them reads a thousand files, which takes 35 ms: longer than a page.
    """
    return tuple(sorted(available_timezones() - NO_ZONES))


def zone_choices(current: str = "") -> list[tuple[str, str]]:
    """Return (name, label) of the zones that a form offers, named by cities: "America/Vancouver", not "Etc/GMT+8".

    current: the stored zone. It is offered in any case, so that saving the form does not change it.
    """
    return [(name, name.replace("_", " ")) for name in zone_names() if name == current or _is_city(name)]


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
