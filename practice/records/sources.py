"""The building blocks of recipes. A recipe computes the value of one field of record number i.

The value depends only on seed, object, field and number. So records are not stored, and any page can be computed
directly.
"""

from collections.abc import Callable, Sequence
from typing import Protocol
from zlib import crc32

from practice.company import Entity
from practice.records import names

# TIMESTAMP: seconds since 1970 UTC; DATE: days since 1970; INTEGER: int; DECIMAL and similar: float; others: str.
Value = str | int | float | None
Recipe = Callable[[int], Value]
Recipes = dict[str, Recipe]

DAY = 86_400
YEARS = 3 * 365  # days before the start of the company in which its records were created


def mix(number: int) -> int:
    """Return a 32-bit hash of a number."""
    number = (number ^ (number >> 16)) * 0x45D9F3B & 0xFFFFFFFF
    number = (number ^ (number >> 16)) * 0x45D9F3B & 0xFFFFFFFF
    return number ^ (number >> 16)


class OriginalValues(Protocol):
    """What recipes read of another list: its values before any change."""

    def original(self, field: str, /) -> Recipe: ...


class CompanyRecords(Protocol):
    """What recipes read of their company. `dataset.Books` has it; it uses recipes, so it cannot be imported here."""

    seed: int
    start: int
    currency: str
    multi_currency: bool
    owners: list[Entity]

    def size(self, object_name: str, /) -> int: ...
    def table(self, object_name: str, /) -> OriginalValues: ...


class Source:
    def __init__(self, books: CompanyRecords, object_name: str, size: int) -> None:
        self.books = books
        self.object = object_name
        self.size = size

    def hash(self, name: str) -> Callable[[int], int]:
        salt = crc32(f"{self.books.seed}/{self.object}/{name}".encode())
        return lambda i: mix(i + salt)

    def choice(self, name: str, values: Sequence[str]) -> Recipe:
        number, count = self.hash(name), len(values)
        return lambda i: values[number(i) % count]

    def chance(self, name: str, one_in: int) -> Recipe:
        number = self.hash(name)
        return lambda i: "false" if number(i) % one_in else "true"

    def amount(self, name: str, most: int) -> Callable[[int], float]:
        number = self.hash(name)
        return lambda i: number(i) % (most * 100) / 100

    def day(self, name: str, ago: int = YEARS, until: int = 0) -> Callable[[int], int]:
        """Return days from `ago` days before to `until` days after the start of the company."""
        number, start = self.hash(name), self.books.start // DAY
        return lambda i: start - ago + number(i) % (ago + until)

    def code(self, pattern: str) -> Recipe:
        return lambda i: pattern.format(i + 1)

    def sometimes(self, name: str, one_in: int, recipe: Recipe) -> Recipe:
        """Return a recipe that is empty except for one record in `one_in`."""
        number = self.hash(name)
        return lambda i: None if number(i) % one_in else recipe(i)

    def mostly(self, name: str, one_in: int, recipe: Recipe) -> Recipe:
        """Return a recipe that is empty for one record in `one_in`."""
        number = self.hash(name)
        return lambda i: recipe(i) if number(i) % one_in else None

    def person(self, name: str) -> Recipe:
        number = self.hash(name)
        firsts, lasts = names.FIRST, names.LAST

        def make(i: int) -> Value:
            drawn = number(i)
            return f"{firsts[drawn % len(firsts)]} {lasts[drawn // 64 % len(lasts)]}"

        return make

    def business(self, name: str) -> Recipe:
        """Return names of companies; one in sixty is awkward."""
        number = self.hash(name)

        def make(i: int) -> Value:
            drawn = number(i)
            if drawn % 61 == 0:
                return f"{names.AWKWARD[drawn // 61 % len(names.AWKWARD)]} {i + 1}"
            place = names.PLACES[drawn % len(names.PLACES)]
            trade = names.TRADES[drawn // 64 % len(names.TRADES)]
            suffix = names.SUFFIXES[drawn // 4096 % len(names.SUFFIXES)]
            return f"{place} {trade} {suffix}".strip()

        return make

    def link(self, name: str, target: str, field: str, *, empty: int = 0) -> Recipe:
        """Return a field of a linked record of `target`. The same `name` links to the same record.

        `empty`: one record in this number has no link. The last twentieth of every list is never linked to, so that
        records can be deleted without breaking a link.
        """
        count = linkable(self.books.size(target))
        if not count:
            return nothing
        number, recipe = self.hash(name), self.books.table(target).original
        if not empty:
            return lambda i: recipe(field)(number(i) % count)
        return lambda i: recipe(field)(number(i) % count) if number(i) // count % empty else None

    def parent(self, field: str, *, roots: int = 4) -> Recipe:
        """Return a field of the record's parent in the same list: an earlier record, or none."""
        number = self.hash("parent")
        last = linkable(self.size)
        recipe = self.books.table(self.object).original

        def make(i: int) -> Value:
            drawn = number(i)
            if i < roots or not last or drawn % 3 == 0:
                return None
            return recipe(field)(drawn // 3 % min(i, last))

        return make


def nothing(_: int) -> Value:
    return None


def always(value: Value) -> Recipe:
    return lambda _: value


def text(recipe: Recipe) -> Recipe:
    """Return the same values as text, for a field that holds a number as text."""

    def make(i: int) -> Value:
        value = recipe(i)
        return None if value is None else str(value)

    return make


def linkable(size: int) -> int:
    return size - size // 20
