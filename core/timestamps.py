"""Timestamps and times of day of the database as Python can use them.

PostgreSQL stores moments from 4713 BC to 294276 AD, and infinity. Python knows the years 1 to 9999, and near those ends
it cannot even change the time zone. psycopg raises for such a value, and with it fails every other row of the query:
a page, a batch of all customers, an export. So what lies outside the years our columns can mean is read as their end.
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
    timezone = UTC

    def load(self, data: Buffer) -> datetime:
        try:
            moment: datetime = super().load(data)
        except DataError:
            is_early = bytes(data).endswith(b"BC") or bytes(data).startswith(b"-")
            return EARLIEST if is_early else LATEST
        return _bounded(moment)


class BoundedTimeLoader(TimeLoader):
    """PostgreSQL has a time of day that Python lacks: 24:00, the end of the day."""

    def load(self, data: Buffer) -> time:
        return time.max if bytes(data).startswith(b"24") else super().load(data)


def moment_in_json(text: object) -> datetime | None:
    """A moment that is text in a JSON column, in UTC; None for what is none."""
    try:
        moment = datetime.fromisoformat(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return _bounded(moment) if moment.tzinfo else None


def _bounded(moment: datetime) -> datetime:
    return min(max(moment, EARLIEST), LATEST)


def read_every_timestamp(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """For the signal that a connection was opened, or taken from the pool."""
    connection.connection.adapters.register_loader("timestamptz", BoundedTimestampLoader)
    connection.connection.adapters.register_loader("time", BoundedTimeLoader)
