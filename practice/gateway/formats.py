"""Records as bare CSV or JSON without an envelope (Sage's document on query)."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence

from practice.company import Formatting
from practice.gateway.calls import Raw
from practice.gateway.fields import Reader, value_formatter

Render = Callable[[Sequence[int]], list[bytes]]
CONTENT_TYPES = {"csv": "text/csv", "json": "application/json"}
BARE = frozenset(CONTENT_TYPES)
# Empty values of these types are null in JSON (reported by a client in use); empty text and booleans are "".
NULL_WHEN_EMPTY = frozenset({"INTEGER", "DECIMAL", "CURRENCY", "PERCENT", "DATE", "TIMESTAMP"})


def column_texts(columns: Iterable[Reader], formatting: Formatting, rows: Sequence[int]) -> list[list[str]]:
    """Return the texts of each column for these records."""
    shown = []
    for reader in columns:
        show = value_formatter(reader.type, formatting)
        shown.append([*map(show, map(reader.value, rows))])
    return shown


def renderer(returned: str, columns: list[Reader], formatting: Formatting) -> Render:
    """Return the function that formats records. `returned`: "csv" or "json"."""
    return {"csv": _csv, "json": _json}[returned](columns, formatting)


def bare(returned: str, columns: list[Reader], records: list[bytes]) -> Raw:
    if returned == "json":
        return Raw(b"[" + b",".join(records) + b"]", CONTENT_TYPES[returned])
    header = _csv_line([column.path for column in columns])
    return Raw(header + b"".join(records), CONTENT_TYPES[returned])


def _json(columns: list[Reader], formatting: Formatting) -> Render:
    def render(rows: Sequence[int]) -> list[bytes]:
        texts = column_texts(columns, formatting, rows)
        values = [
            [None if text == "" and column.type in NULL_WHEN_EMPTY else text for text in shown]
            for column, shown in zip(columns, texts, strict=True)
        ]
        paths = [column.path for column in columns]
        records = zip(*values, strict=True)
        return [json.dumps(dict(zip(paths, record, strict=True)), ensure_ascii=False).encode() for record in records]

    return render


def _csv(columns: list[Reader], formatting: Formatting) -> Render:
    def render(rows: Sequence[int]) -> list[bytes]:
        return [_csv_line(record) for record in zip(*column_texts(columns, formatting, rows), strict=True)]

    return render


def _csv_line(values: Sequence[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue().encode()
