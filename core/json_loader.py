"""Read every JSON value of the database, even one that Python's parser refuses.

PostgreSQL stores JSON numbers of up to 131,072 digits. Python refuses to read more than 4,300 digits, and then the
whole query fails with all its rows. Our code never writes such a number. It is read as text. A value that is nested too
deep for Python's parser (about 1,000 levels, minus the current depth of the stack) is read as text too, inside an
object or an array, as the value was.
"""

import json
import re
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.abc import Buffer
from psycopg.types.string import TextLoader

MOST_DIGITS = 4300
DEEPEST = 200
STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
TOO_LONG = re.compile(rb"\d{%d}" % (MOST_DIGITS + 1))


class ReadableJsonLoader(TextLoader):
    """Return JSON that Python can parse. Django parses it afterwards."""

    def load(self, data: Buffer) -> bytes | str:
        if _is_too_deep(bytes(data)):
            # Code that reads the column expects an object or an array, as the value was.
            text = bytes(data).decode(errors="replace")
            return json.dumps({"unreadable": text} if text.startswith("{") else [text])
        if TOO_LONG.search(data):
            return json.dumps(json.loads(bytes(data), parse_int=_number))
        return super().load(data)


def _is_too_deep(data: bytes) -> bool:
    if data.count(b"[") + data.count(b"{") <= DEEPEST:
        return False
    depth = deepest = 0
    for byte in STRING.sub(b"", data):
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest > DEEPEST


def _number(digits: str) -> int | str:
    return int(digits) if len(digits) <= MOST_DIGITS else digits


def read_every_number(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Register the loader. For the signal that a connection was opened or taken from the pool."""
    for json_type in ("json", "jsonb"):
        connection.connection.adapters.register_loader(json_type, ReadableJsonLoader)
