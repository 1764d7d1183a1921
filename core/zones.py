"""Time zones by name. A name that was valid when it was stored may be unknown to the machine that reads it: the
time zone database renames and drops zones, and differs between machines.
"""

from zoneinfo import ZoneInfo, available_timezones

UTC = ZoneInfo("UTC")


# Entries of the time zone database that name no zone, or another one on each machine.
NO_ZONES = {"Factory", "localtime", "posixrules"}


def zone_names() -> list[str]:
    """The zones that can be chosen, in order."""
    return sorted(available_timezones() - NO_ZONES)


def known_zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; no name at all ("../x"); the name of a folder ("America")
        return None


def zone_of(*names: str) -> ZoneInfo:
    """The first of these that this machine knows, else UTC."""
    return next(filter(None, map(known_zone, names)), UTC)
