"""Days and moments in the API user's time zone, date order and clock.

Internally, a moment is seconds since 1970 UTC and a day is days since 1970.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from practice.company import Formatting
from practice.records.sources import DAY

EPOCH = date(1970, 1, 1)
PARTS = {"d": "%d", "m": "%m", "Y": "%Y"}


def day_start(iso: str) -> int:
    return (date.fromisoformat(iso) - EPOCH).days * DAY


def now() -> int:
    return int(datetime.now(UTC).timestamp())


@lru_cache
def date_pattern(dateformat: str) -> str:
    """Return the strftime pattern: "/mdY" (separator, then order) gives "%m/%d/%Y"."""
    return dateformat[0].join(PARTS[letter] for letter in dateformat[1:])


def time_pattern(formatting: Formatting) -> str:
    return date_pattern(formatting.dateformat) + (" %H:%M:%S" if formatting.clock == "24" else " %I:%M:%S %p")


@lru_cache(maxsize=20_000)
def _day_text(day: int, dateformat: str) -> str:
    return (EPOCH + timedelta(days=day)).strftime(date_pattern(dateformat))


def day_text(day: int, formatting: Formatting) -> str:
    return _day_text(day, formatting.dateformat)


def moment_text(moment: int, formatting: Formatting) -> str:
    """Return the text of a moment. It does not use strftime, which is slow for the thousands on a page."""
    day, seconds = divmod(moment + int(formatting.gmtoffset * 3600), DAY)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    if formatting.clock == "24":
        return f"{_day_text(day, formatting.dateformat)} {hour:02}:{minute:02}:{second:02}"
    half = "AM" if hour < 12 else "PM"
    return f"{_day_text(day, formatting.dateformat)} {(hour + 11) % 12 + 1:02}:{minute:02}:{second:02} {half}"


def offset_text(hours: float) -> str:
    """Return an offset like "+00:00", "-08:00", "+09:30" (Sage's document on readUserFormatting)."""
    whole, minutes = divmod(abs(round(hours * 60)), 60)
    return f"{'-' if hours < 0 else '+'}{whole:02}:{minutes:02}"


def day_parse(text: str, formatting: Formatting) -> int:
    """Parse a day in the API user's own format; a time after it is ignored. Raise ValueError for other formats."""
    return _parse(text.split(" ")[0], date_pattern(formatting.dateformat))[0]


def moment_parse(text: str, formatting: Formatting) -> int:
    """Parse a moment; a date alone means its midnight. Raise ValueError for other formats."""
    whole = re.search(r"\s", text.strip())
    pattern = time_pattern(formatting) if whole else date_pattern(formatting.dateformat)
    return _parse(text.strip(), pattern)[1] - int(formatting.gmtoffset * 3600)


def _parse(text: str, pattern: str) -> tuple[int, int]:
    parsed = datetime.strptime(text, pattern).replace(tzinfo=UTC)
    day = (parsed.date() - EPOCH).days
    return day, day * DAY + parsed.hour * 3600 + parsed.minute * 60 + parsed.second
