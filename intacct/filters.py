"""Filters for `query`: small values that nest, compare and can be sent any number of times.

Values are written as Intacct reads them: dates MM/DD/YYYY, times MM/DD/YYYY HH:MM:SS as they stand, so the caller first
moves a time into the API user's own zone (see `records.UserFormatting`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from lxml import etree

from intacct.markup import boolean, element

MOST_VALUES_IN = 1000
DATE = "%m/%d/%Y"
TIME_STAMP = "%m/%d/%Y %H:%M:%S"

Value = str | int | Decimal | bool | date | datetime


@dataclass(frozen=True)
class Filter:
    """Either one comparison (field and values) or a group of two or more members."""

    operator: str
    field: str = ""
    values: tuple[str, ...] = ()
    members: "tuple[Filter, ...]" = ()

    def element(self) -> etree._Element:
        if self.members:
            return element(self.operator, *(member.element() for member in self.members))
        return element(self.operator, element("field", self.field), *(element("value", value) for value in self.values))


def eq(field: str, value: Value) -> Filter:
    return _compare("equalto", field, value)


def ne(field: str, value: Value) -> Filter:
    return _compare("notequalto", field, value)


def lt(field: str, value: Value) -> Filter:
    return _compare("lessthan", field, value)


def le(field: str, value: Value) -> Filter:
    return _compare("lessthanorequalto", field, value)


def gt(field: str, value: Value) -> Filter:
    return _compare("greaterthan", field, value)


def ge(field: str, value: Value) -> Filter:
    return _compare("greaterthanorequalto", field, value)


def like(field: str, pattern: str) -> Filter:
    """`%` stands for any run of characters, `_` for one."""
    return _compare("like", field, pattern)


def between(field: str, low: Value, high: Value) -> Filter:
    """Both ends included."""
    return _compare("between", field, low, high)


def in_(field: str, values: Iterable[Value]) -> Filter:
    """Any number of values but none at all; more than a thousand are sent as several lists joined by `or`."""
    sent = list(values)
    starts = range(0, len(sent), MOST_VALUES_IN)
    return any_of(*(_compare("in", field, *sent[start : start + MOST_VALUES_IN]) for start in starts))


def is_null(field: str) -> Filter:
    return _compare("isnull", field)


def not_null(field: str) -> Filter:
    return _compare("isnotnull", field)


def all_of(*filters: Filter | None) -> Filter | None:
    """Every filter that is not None; None when there is none. A single one stays itself: `and` needs two members."""
    members = tuple(member for member in filters if member)
    return _group("and", members) if members else None


def any_of(*filters: Filter) -> Filter:
    if not filters:
        raise ValueError("any_of needs a filter: without one it would match everything")
    return _group("or", filters)


def wire(value: Value) -> str:
    match value:
        case bool():
            return boolean(value)
        case datetime():
            return f"{wire(value.date())} {value:%H:%M:%S}"
        case date():
            # Not strftime: its %Y gives fewer than four digits for early years, which Intacct takes for later ones.
            return f"{value.month:02}/{value.day:02}/{value.year:04}"
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


def _compare(operator: str, field: str, *values: Value) -> Filter:
    return Filter(operator, field, tuple(wire(value) for value in values))


def _group(operator: str, members: tuple[Filter, ...]) -> Filter:
    return members[0] if len(members) == 1 else Filter(operator, members=members)
