"""How far a run is, and how it went, for its page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from django.db.models import QuerySet
from django.utils import timezone

from smartsync.models import ListRun, SetAsideRecord, SyncRun
from smartsync.troubles import explain
from smartsync.warnings import warning_texts
from wizard.causes import Explanation

MOST_SET_ASIDE = 100
"""Records that are shown; a damaged import can have thousands."""
SETTLING = timedelta(seconds=3)
"""Before that a rate says nothing."""


@dataclass(frozen=True)
class Line:
    """One list of a run."""

    list_run: ListRun
    explanation: Explanation | None

    @property
    def warnings(self) -> list[str]:
        return warning_texts(self.list_run)

    @property
    def expected(self) -> int | None:
        counted = self.list_run.counted_before
        return None if counted is None else max(counted, self.list_run.read)


class Progress:
    """`expected` and `left` are None while nobody can know; `rate` in records a second."""

    def __init__(self, run: SyncRun) -> None:
        self.run = run
        lists = list(run.lists.all())
        self.done = sum(not each.is_unfinished for each in lists)
        self.total = len(lists)
        absent = ListRun.State.NOT_APPLICABLE
        self.lines = [Line(each, explain(each)) for each in lists if each.state != absent]
        self.not_applicable = [Line(each, explain(each)) for each in lists if each.state == absent]
        self.complete = sum(each.state == ListRun.State.COMPLETE for each in lists)
        self.stopped_by = explain(run)
        self.read = sum(each.read for each in lists)
        self.new = sum(each.new for each in lists)
        self.changed = sum(each.changed for each in lists)
        self.unchanged = sum(each.unchanged for each in lists)
        self.set_aside = sum(each.set_aside for each in lists)
        self.deactivated = sum(each.deactivated for each in lists)
        known = [line.expected for line in self.lines]
        self.expected = None if None in known or not known else sum(filter(None, known))

    @cached_property
    def set_aside_records(self) -> "QuerySet[SetAsideRecord]":
        records = SetAsideRecord.objects.filter(list_run__run=self.run)
        return records.select_related("list_run").order_by("list_run__position", "pk")[:MOST_SET_ASIDE]

    @property
    def rate(self) -> int | None:
        took = self._spent
        return round(self.read / took.total_seconds()) if took > SETTLING else None

    @property
    def left(self) -> timedelta | None:
        if not (self.expected and self.rate and self.run.is_active):
            return None
        return timedelta(seconds=(self.expected - self.read) / self.rate)

    @property
    def took(self) -> timedelta | None:
        return self._spent if self.run.finished_at else None

    @property
    def _spent(self) -> timedelta:
        return time_spent(line.list_run for line in self.lines)


def time_spent(lists: Iterable[ListRun]) -> timedelta:
    """While at least one of them was being read: when one is read again days later, the days do not count."""
    now = timezone.now()
    spans = sorted((each.began_at, each.finished_at or now) for each in lists if each.began_at)
    spent, reached = timedelta(), datetime.min.replace(tzinfo=UTC)
    for began, finished in spans:
        spent += max(finished - max(began, reached), timedelta())
        reached = max(finished, reached)
    return spent
