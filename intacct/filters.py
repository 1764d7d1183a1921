"""Build filters for `query`. A filter is a value: it can be nested, compared, and sent any number of times.

Values are written as Intacct reads them (Sage's documentation): dates MM/DD/YYYY, times MM/DD/YYYY HH:MM:SS. Times are
written without a change of zone, so the caller first converts them to the API user's clock with
`setup_replies.UserFormatting`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from lxml import etree

from intacct.xml import boolean, element

DATE = "%m/%d/%Y"
TIME_STAMP = "%m/%d/%Y %H:%M:%S"

Value = str | int | Decimal | bool | date | datetime


@dataclass(frozen=True)
class Filter:
    """Hold one comparison (field and values) or a group of two or more filters (members)."""

    operator: str
    field: str = ""
    values: tuple[str, ...] = ()
    members: "tuple[Filter, ...]" = ()

    def element(self) -> etree._Element:
        """Return the filter as XML."""
        if self.members:
            return element(self.operator, *(member.element() for member in self.members))
        return element(self.operator, element("field", self.field), *(element("value", value) for value in self.values))


def eq(field: str, value: Value) -> Filter:
    """Match records whose field equals the value."""
    return _compare("equalto", field, value)


def ne(field: str, value: Value) -> Filter:
    """Match records whose field does not equal the value."""
    return _compare("notequalto", field, value)


def lt(field: str, value: Value) -> Filter:
    """Match records whose field is less than the value."""
    return _compare("lessthan", field, value)


def le(field: str, value: Value) -> Filter:
    """Match records whose field is less than or equal to the value."""
    return _compare("lessthanorequalto", field, value)


def gt(field: str, value: Value) -> Filter:
    """Match records whose field is greater than the value."""
    return _compare("greaterthan", field, value)


def ge(field: str, value: Value) -> Filter:
    """Match records whose field is greater than or equal to the value."""
    return _compare("greaterthanorequalto", field, value)


def like(field: str, pattern: str) -> Filter:
    """Match records whose field has this pattern: `%` stands for any characters, `_` for one character."""
    return _compare("like", field, pattern)


def between(field: str, low: Value, high: Value) -> Filter:
    """Match records whose field is between low and high, both included."""
    return _compare("between", field, low, high)


def is_null(field: str) -> Filter:
    """Match records whose field is empty."""
    return _compare("isnull", field)


def all_of(*filters: Filter | None) -> Filter | None:
    """Match records that match every filter. Filters that are None do not count; None if no filter is left.

    A single filter is returned unchanged, since Sage's schema wants at least two members in an `and`.
    """
    members = tuple(member for member in filters if member)
    return _group("and", members) if members else None


def any_of(*filters: Filter) -> Filter:
    """Match records that match at least one filter. Raises ValueError if there is no filter."""
    if not filters:
        raise ValueError("any_of needs a filter: without one it would match everything")
    return _group("or", filters)


def wire(value: Value) -> str:
    """Return a value as the text that Intacct reads. A naive or aware datetime is written as its own clock shows it."""
    match value:
        case bool():
            return boolean(value)
        case datetime():
            return f"{wire(value.date())} {value:%H:%M:%S}"
        case date():
            # Not strftime: its %Y writes early years with fewer than four digits, which Intacct reads as later years.
            return f"{value.month:02}/{value.day:02}/{value.year:04}"
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


def _compare(operator: str, field: str, *values: Value) -> Filter:
    return Filter(operator, field, tuple(wire(value) for value in values))


def _group(operator: str, members: tuple[Filter, ...]) -> Filter:
    return members[0] if len(members) == 1 else Filter(operator, members=members)
