"""Selecting records. XML (query) and SQL-like text (readByQuery) are parsed into the same filter nodes.

Filters are applied to record numbers in ascending order and keep this order.
"""

import operator
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from practice.company import Formatting
from practice.gateway.fields import Reader, Readers
from practice.gateway.refusals import bad_query
from practice.records import times
from practice.records.sources import Value

Rows = Sequence[int]
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "equalto": operator.eq,
    "notequalto": operator.ne,
    "lessthan": operator.lt,
    "lessthanorequalto": operator.le,
    "greaterthan": operator.gt,
    "greaterthanorequalto": operator.ge,
}
# Codes that the database stores for some words. A filter can use the code or the word.
CODES = {
    "STATUS": {"T": "active", "F": "inactive"},
    "ACCESSMODE": {"D": "Delete", "C": "Create", "M": "Modify"},
    "USERTYPE": {"B": "business user", "E": "employee user"},
}
TRUTHS = {"T": "true", "F": "false", "1": "true", "0": "false"}


@dataclass(frozen=True)
class Node:
    """A condition (field and values) or a group of nodes. `kind` has the API's spelling."""

    kind: str
    field: str = ""
    values: tuple[str, ...] = ()
    nodes: tuple["Node", ...] = ()


def from_xml(node: etree._Element) -> Node:
    kind = str(node.tag)
    if kind in ("and", "or"):
        return Node(kind, nodes=tuple(from_xml(child) for child in node.iterchildren("*")))
    values = tuple(value.text or "" for value in node.findall("value"))
    return Node(kind, (node.findtext("field") or "").strip(), values)


class Chooser:
    def __init__(self, readers: Readers, formatting: Formatting, *, ignore_case: bool = False) -> None:
        self.readers = readers
        self.formatting = formatting
        self.ignore_case = ignore_case

    def choose(self, node: Node, rows: Rows) -> Rows:
        if node.kind == "and":
            # Key ranges first: they are cheap and leave fewer records for the other conditions.
            for part in sorted(node.nodes, key=lambda part: not self._is_key_range(part)):
                rows = self.choose(part, rows)
            return rows
        if node.kind == "or":
            matching = {i for part in node.nodes for i in self.choose(part, rows)}
            return [i for i in rows if i in matching]
        if self._is_key_range(node):
            return self._key_range(node, rows)
        reader = self.readers.reader(node.field)
        holds = self._test(node, reader)
        column = reader.column()
        return [i for i in rows if holds(column[i])]

    def _is_key_range(self, node: Node) -> bool:
        """Whether the condition is a range of record keys. Keys ascend, so a binary search finds the range."""
        ordered = self.readers.table.is_ordered
        return (
            ordered and node.field == self.readers.definition.key and node.kind in COMPARE and node.kind != "notequalto"
        )

    def _key_range(self, node: Node, rows: Rows) -> Rows:
        reader = self.readers.reader(node.field)
        value: Any = self._value(node.values[0], reader)
        key: Any = reader.value
        left = bisect_left(rows, value, key=key)
        right = bisect_right(rows, value, key=key)
        return {
            "equalto": rows[left:right],
            "lessthan": rows[:left],
            "lessthanorequalto": rows[:right],
            "greaterthan": rows[right:],
            "greaterthanorequalto": rows[left:],
        }[node.kind]

    def _test(self, node: Node, reader: Reader) -> Callable[[Value], bool]:
        if node.kind == "isnull":
            return lambda value: value is None
        if node.kind == "isnotnull":
            return lambda value: value is not None
        holds = self._like(node) if node.kind in ("like", "notlike") else self._comparison(node, reader)
        if self.ignore_case:
            inner = holds
            return lambda value: value is not None and inner(value.lower() if isinstance(value, str) else value)
        return lambda value: value is not None and holds(value)

    def _comparison(self, node: Node, reader: Reader) -> Callable[[Any], bool]:
        wanted: list[Any] = [self._value(text, reader) for text in node.values]
        if node.kind == "between":
            low, high = wanted
            return lambda value: bool(low <= value <= high)
        if node.kind in ("in", "notin"):
            among, inside = set(wanted), node.kind == "in"
            return lambda value: (value in among) is inside
        compare, single = COMPARE[node.kind], wanted[0]
        return lambda value: compare(value, single)

    def _like(self, node: Node) -> Callable[[Any], bool]:
        parts = re.split(r"([%_])", node.values[0].lower() if self.ignore_case else node.values[0])
        pattern = "".join({"%": ".*", "_": "."}.get(part) or re.escape(part) for part in parts)
        matches, wanted = re.compile(pattern, re.DOTALL).fullmatch, node.kind == "like"
        return lambda value: bool(matches(str(value))) is wanted

    def _value(self, text: str, reader: Reader) -> Value:
        try:
            return self._parse(text.strip(), reader)
        except ValueError:
            raise bad_query(f"Invalid value '{text}' for field {reader.path}") from None

    def _parse(self, text: str, reader: Reader) -> Value:
        kind = reader.type
        if kind == "TIMESTAMP":
            return times.moment_parse(text, self.formatting)
        if kind == "DATE":
            return times.day_parse(text, self.formatting)
        if kind == "INTEGER":
            return int(text)
        if kind in ("DECIMAL", "CURRENCY", "PERCENT"):
            return float(text)
        if kind == "BOOLEAN":
            return TRUTHS.get(text, text)
        coded = CODES.get(reader.path.rsplit(".", 1)[-1], {}).get(text, text)
        return coded.lower() if self.ignore_case else coded
