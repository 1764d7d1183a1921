"""How far a run is, and how it went, for its page."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from smartsync.models import ListRun, SyncRun
from smartsync.troubles import explain
from wizard.causes import Explanation

SETTLING = timedelta(seconds=3)
"""Before that a rate says nothing."""


@dataclass(frozen=True)
class Line:
    """One list of a run."""

    list_run: ListRun
    explanation: Explanation | None

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
        self.deactivated = sum(each.deactivated for each in lists)
        known = [line.expected for line in self.lines]
        self.expected = None if None in known or not known else sum(filter(None, known))

    @property
    def rate(self) -> int | None:
        took = (self.run.finished_at or timezone.now()) - (self.run.started_at or timezone.now())
        return round(self.read / took.total_seconds()) if took > SETTLING else None

    @property
    def left(self) -> timedelta | None:
        if not (self.expected and self.rate and self.run.is_active):
            return None
        return timedelta(seconds=(self.expected - self.read) / self.rate)

    @property
    def took(self) -> timedelta | None:
        run = self.run
        return run.finished_at - run.started_at if run.finished_at and run.started_at else None
