"""JSON of the database as Python can read it.

PostgreSQL holds numbers of up to 131,072 digits in JSON. Python refuses to read one of more than 4,300 digits, and with
it fails every other row of the query. Nothing of ours writes such a number; it is read as text. So is a value that is
nested deeper than Python's parser goes (about 1,000 levels, less what is on its stack already), within an object or an
array as it was.
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
    """Django parses the text that this returns."""

    def load(self, data: Buffer) -> bytes | str:
        if _is_too_deep(bytes(data)):
            # In the shape that readers of the column expect.
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
    """For the signal that a connection was opened, or taken from the pool."""
    for json_type in ("json", "jsonb"):
        connection.connection.adapters.register_loader(json_type, ReadableJsonLoader)
