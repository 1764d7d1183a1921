"""Read every timestamp and time of day of the database, even one that Python cannot represent.

PostgreSQL stores times from 4713 BC to 294276 AD, and infinity. Python knows the years 1 to 9999, and cannot convert
time zones near both ends. psycopg raises an error for such a value, and then the whole query fails with all its rows:
a page, a batch of all customers, an export. So a time before EARLIEST or after LATEST is read as EARLIEST or LATEST.
"""

from datetime import UTC, datetime, time
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.psycopg_any import BaseTzLoader
from psycopg import DataError
from psycopg.abc import Buffer
from psycopg.types.datetime import TimeLoader

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class BoundedTimestampLoader(BaseTzLoader):
    """Read timestamps, limited to EARLIEST and LATEST."""

    timezone = UTC

    def load(self, data: Buffer) -> datetime:
        """Return the time, in UTC."""
        try:
            # Python's own parser takes a seventh of the time of psycopg's, and a page reads a thousand timestamps.
            return _within_limits(datetime.fromisoformat(bytes(data).decode()))
        except ValueError:
            return self._load_odd(data)

    def _load_odd(self, data: Buffer) -> datetime:
        """Read what only psycopg knows, or what is outside the years that Python knows."""
        try:
            moment: datetime = super().load(data)
        except DataError:
            is_early = bytes(data).endswith(b"BC") or bytes(data).startswith(b"-")
            return EARLIEST if is_early else LATEST
        return _within_limits(moment)


class BoundedTimeLoader(TimeLoader):
    """Read times of day. PostgreSQL has one that Python lacks: 24:00, the end of the day."""

    def load(self, data: Buffer) -> time:
        """Return the time of day; the last microsecond of the day for 24:00."""
        return time.max if bytes(data).startswith(b"24") else super().load(data)


def moment_in_json(text: object) -> datetime | None:
    """Return a time that a JSON column holds as text. Return None if it is not a time with a zone."""
    try:
        moment = datetime.fromisoformat(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return _within_limits(moment) if moment.tzinfo else None


def _within_limits(moment: datetime) -> datetime:
    return min(max(moment, EARLIEST), LATEST)


def read_every_timestamp(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Register the loaders. For the signal that a connection was opened or taken from the pool."""
    connection.connection.adapters.register_loader("timestamptz", BoundedTimestampLoader)
    connection.connection.adapters.register_loader("time", BoundedTimeLoader)
