"""Time zones by name. A name that was valid when it was stored may be unknown to the machine that reads it: the
time zone database renames and drops zones, and differs between machines.
"""

from zoneinfo import ZoneInfo

UTC = ZoneInfo("UTC")


def known_zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; no name at all ("../x"); the name of a folder ("America")
        return None


def zone_of(*names: str) -> ZoneInfo:
    """The first of these that this machine knows, else UTC."""
    return next(filter(None, map(known_zone, names)), UTC)
