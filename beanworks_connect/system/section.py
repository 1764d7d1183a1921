"""One part of the report: a table with a heading, for the page and for the console."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince

NOTHING = "–"
SHORT = 12  # rows that a reader sees without opening the section


@dataclass(frozen=True)
class Section:
    """documented: the page in docs/ that explains it. problems: the numbers of rows that need someone."""

    title: str
    documented: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    problems: frozenset[int] = frozenset()

    def marked_rows(self) -> list[tuple[Sequence[str], bool]]:
        """Return each row, and whether it needs someone."""
        return [(row, number in self.problems) for number, row in enumerate(self.rows)]

    def labeled_rows(self) -> list[tuple[str, list[tuple[str, str]], bool]]:
        """Return the heading of each row, its cells with the names of their columns, and whether it needs someone."""
        columns = self.columns[1:]
        return [
            (heading, list(zip(columns, cells, strict=False)), is_problem)
            for (heading, *cells), is_problem in self.marked_rows()
        ]

    @property
    def is_open(self) -> bool:
        return len(self.rows) <= SHORT or bool(self.problems)


def problems(are_bad: Sequence[bool]) -> frozenset[int]:
    return frozenset(number for number, is_bad in enumerate(are_bad) if is_bad)


def moment(at: datetime | None) -> str:
    """Return a time in the reader's zone, with the name of the zone."""
    if at is None:
        return NOTHING
    local = timezone.localtime(at)
    return f"{date_format(local, 'DATETIME_FORMAT')} ({local:%Z})"


def age(seconds: float) -> str:
    """Return a duration in words. Below a minute in seconds, which is what most work waits."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    now = timezone.now()
    return timesince(now - timedelta(seconds=seconds), now, depth=1)
