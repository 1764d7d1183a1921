"""JSON of the database as Python can read it.

PostgreSQL holds numbers of up to 131,072 digits in JSON. Python refuses to read one of more than 4,300 digits, and with
it fails every other row of the query. Nothing of ours writes such a number; it is read as text.
"""

import json
import re
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.abc import Buffer
from psycopg.types.string import TextLoader

MOST_DIGITS = 4300
TOO_LONG = re.compile(rb"\d{%d}" % (MOST_DIGITS + 1))


class ReadableJsonLoader(TextLoader):
    """Django parses the text that this returns."""

    def load(self, data: Buffer) -> bytes | str:
        if TOO_LONG.search(data):
            return json.dumps(json.loads(bytes(data), parse_int=_number))
        return super().load(data)


def _number(digits: str) -> int | str:
    return int(digits) if len(digits) <= MOST_DIGITS else digits


def read_every_number(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """For the signal that a connection was opened, or taken from the pool."""
    connection.connection.adapters.register_loader("jsonb", ReadableJsonLoader)
