"""The building blocks of generators. A generator computes the value of one field of record number i.

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
Generator = Callable[[int], Value]
Generators = dict[str, Generator]

DAY = 86_400
YEARS = 3 * 365  # days before the start of the company in which its records were created


def mix(number: int) -> int:
    """Return a 32-bit hash of a number."""
    number = (number ^ (number >> 16)) * 0x45D9F3B & 0xFFFFFFFF
    number = (number ^ (number >> 16)) * 0x45D9F3B & 0xFFFFFFFF
    return number ^ (number >> 16)


class OriginalValues(Protocol):
    """What generators read of another list: its values before any change."""

    def original(self, field: str, /) -> Generator: ...


class CompanyRecords(Protocol):
    """What generators read of their company. It is a Protocol because `dataset.Dataset` imports the generators."""

    seed: int
    start: int
    currency: str
    multi_currency: bool
    owners: list[Entity]

    def size(self, object_name: str, /) -> int: ...
    def table(self, object_name: str, /) -> OriginalValues: ...


class Source:
    def __init__(self, dataset: CompanyRecords, object_name: str, size: int) -> None:
        self.dataset = dataset
        self.object = object_name
        self.size = size

    def hash(self, name: str) -> Callable[[int], int]:
        salt = crc32(f"{self.dataset.seed}/{self.object}/{name}".encode())
        return lambda i: mix(i + salt)

    def choice(self, name: str, values: Sequence[str]) -> Generator:
        number, count = self.hash(name), len(values)
        return lambda i: values[number(i) % count]

    def chance(self, name: str, one_in: int) -> Generator:
        number = self.hash(name)
        return lambda i: "false" if number(i) % one_in else "true"

    def amount(self, name: str, most: int) -> Callable[[int], float]:
        number = self.hash(name)
        return lambda i: number(i) % (most * 100) / 100

    def day(self, name: str, ago: int = YEARS, until: int = 0) -> Callable[[int], int]:
        """Return days from `ago` days before to `until` days after the start of the company."""
        number, start = self.hash(name), self.dataset.start // DAY
        return lambda i: start - ago + number(i) % (ago + until)

    def code(self, pattern: str) -> Generator:
        return lambda i: pattern.format(i + 1)

    def mostly_empty(self, name: str, one_in: int, generator: Generator) -> Generator:
        """Return a generator that is empty except for one record in `one_in`."""
        number = self.hash(name)
        return lambda i: None if number(i) % one_in else generator(i)

    def mostly_filled(self, name: str, one_in: int, generator: Generator) -> Generator:
        """Return a generator that is empty for one record in `one_in`."""
        number = self.hash(name)
        return lambda i: generator(i) if number(i) % one_in else None

    def person(self, name: str) -> Generator:
        number = self.hash(name)
        firsts, lasts = names.FIRST, names.LAST

        def make(i: int) -> Value:
            drawn = number(i)
            return f"{firsts[drawn % len(firsts)]} {lasts[drawn // 64 % len(lasts)]}"

        return make

    def business(self, name: str) -> Generator:
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

    def link(self, name: str, target: str, field: str, *, empty: int = 0) -> Generator:
        """Return a field of a linked record of `target`. The same `name` links to the same record.

        `empty`: one record in this number has no link. The last twentieth of every list is never linked to, so that
        records can be deleted without breaking a link.
        """
        count = linkable(self.dataset.size(target))
        if not count:
            return nothing
        number, generator = self.hash(name), self.dataset.table(target).original
        if not empty:
            return lambda i: generator(field)(number(i) % count)
        return lambda i: generator(field)(number(i) % count) if number(i) // count % empty else None

    def parent(self, field: str, *, roots: int = 4) -> Generator:
        """Return a field of the record's parent in the same list: an earlier record, or none."""
        number = self.hash("parent")
        last = linkable(self.size)
        generator = self.dataset.table(self.object).original

        def make(i: int) -> Value:
            drawn = number(i)
            if i < roots or not last or drawn % 3 == 0:
                return None
            return generator(field)(drawn // 3 % min(i, last))

        return make


def nothing(_: int) -> Value:
    return None


def always(value: Value) -> Generator:
    return lambda _: value


def text(generator: Generator) -> Generator:
    """Return the same values as text, for a field that holds a number as text."""

    def make(i: int) -> Value:
        value = generator(i)
        return None if value is None else str(value)

    return make


def linkable(size: int) -> int:
    return size - size // 20
