"""The progress and the result of a run, for its page."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import chain

from django.db.models import QuerySet
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _

from core.isolated_text import Sentence, join_names
from smartsync.diagnoses import explain
from smartsync.engine.plan import lists_of
from smartsync.maintenance import maintenance_words
from smartsync.models import ListRun, SetAsideRecord, SyncRun
from smartsync.models.list_runs import list_label
from smartsync.warnings import warning_texts
from wizard.explanations import Explanation
from wizard.missing import Kind, MissingItem
from wizard.stages import SYNC_STAGE

MOST_SET_ASIDE = 100
"""Records shown at most: a damaged import can have thousands."""
SETTLING = timedelta(seconds=3)
"""A rate measured over a shorter time is not reliable."""


@dataclass(frozen=True)
class Line:
    """One list of a run. `explanation`: why it failed, unless that is what stopped the whole run.

    Its steps are in the run's missing list, since several lists may share them.
    """

    list_run: ListRun
    explanation: Explanation | None

    @property
    def is_unread(self) -> bool:
        """Whether the run ended before anything of the list was read, for no reason of the list's own."""
        is_over = self.list_run.state in (ListRun.State.CANCELED, ListRun.State.FAILED)
        return is_over and not self.list_run.read and not self.explanation

    @property
    def is_settled(self) -> bool:
        return self.list_run.is_settled

    @property
    def warnings(self) -> list[str]:
        return warning_texts(self.list_run)

    @property
    def expected(self) -> int | None:
        count = self.list_run.counted_before
        return None if count is None else max(count, self.list_run.read)


class Progress:
    """Totals of a run. `expected` and `left` are None while they are unknown; `rate` is in records per second."""

    def __init__(self, run: SyncRun) -> None:
        self.run = run
        lists = lists_of(run)
        self.done = sum(not list_run.is_unfinished for list_run in lists)
        self.total = len(lists)
        absent = ListRun.State.NOT_APPLICABLE
        self.not_applicable = [Line(list_run, explain(list_run)) for list_run in lists if list_run.state == absent]
        self._explanations = {
            list_run: explanation
            for list_run in lists
            if list_run.state != absent and list_run.cause != run.cause and (explanation := explain(list_run))
        }
        self.lines = [self._line(list_run) for list_run in lists if list_run.state != absent]
        self.maintenance = maintenance_words(run)
        self.unused = [list_label(record_list) for record_list in run.lists_left_out]
        self.complete = sum(list_run.state == ListRun.State.COMPLETE for list_run in lists)
        self.stopped_by = explain(run)
        self.read = sum(list_run.read for list_run in lists)
        self.new = sum(list_run.new for list_run in lists)
        self.changed = sum(list_run.changed for list_run in lists)
        self.unchanged = sum(list_run.unchanged for list_run in lists)
        self.set_aside = sum(list_run.set_aside for list_run in lists)
        self.deactivated = sum(list_run.deactivated for list_run in lists)
        expected = [line.expected for line in self.lines]
        self.expected = None if None in expected or not expected else sum(filter(None, expected))

    def _line(self, list_run: ListRun) -> Line:
        # A list run that is not stored has no cause, and cannot be a key.
        explanation = self._explanations.get(list_run) if list_run.pk else None
        return Line(list_run, replace(explanation, place=None, values=(), instructions=()) if explanation else None)

    @cached_property
    def missing(self) -> list[MissingItem]:
        """What stopped the run, then how to fix its lists: those with the same steps at the same place together."""
        groups = defaultdict(list)
        for list_run, explanation in self._explanations.items():
            groups[explanation.place, explanation.instructions].append(list_run)
        stopped = [self._item(self.stopped_by.headline, self.stopped_by, [])] if self.stopped_by else []
        return [*stopped, *map(self._fix, groups.values())]

    def _fix(self, lists: list[ListRun]) -> MissingItem:
        explanations = [self._explanations[list_run] for list_run in lists]
        values = tuple(dict.fromkeys(chain.from_iterable(explanation.values for explanation in explanations)))
        names = join_names([list_run.label for list_run in lists])
        # What Intacct sent is beside each list.
        shared = replace(explanations[0], code="", values=values, raw={})
        return self._item(Sentence(_("How to fix %(lists)s"), {"lists": names}), shared, lists)

    def _item(self, headline: str, explanation: Explanation, lists: list[ListRun]) -> MissingItem:
        run = self.run
        return MissingItem(
            kind=Kind.FAILED,
            stage=SYNC_STAGE,
            url=resolve_url("smartsync:run", run.pk),
            cause=lists[0].cause if lists else run.cause,
            headline=headline,
            explanation=explanation,
            values=explanation.values,
            checks=tuple((list_run.slug, list_run.label) for list_run in lists),
            since=run.finished_at or run.created_at,
            last_passed_at=None,
        )

    @property
    def shown(self) -> list[Line]:
        """The lists to show first: while the run is active all of them, afterward those with a problem."""
        if self.run.is_active:
            return self.lines
        return [line for line in self.lines if not line.is_settled and not line.is_unread]

    @property
    def settled(self) -> list[Line]:
        return [] if self.run.is_active else [line for line in self.lines if line.is_settled]

    @property
    def unread(self) -> list[Line]:
        return [] if self.run.is_active else [line for line in self.lines if line.is_unread]

    @cached_property
    def set_aside_records(self) -> "QuerySet[SetAsideRecord]":
        records = SetAsideRecord.objects.filter(list_run__run=self.run)
        return records.select_related("list_run").order_by("list_run__position", "pk")[:MOST_SET_ASIDE]

    @property
    def rate(self) -> int | None:
        spent = self._time_spent
        return round(self.read / spent.total_seconds()) if spent > SETTLING else None

    @property
    def left(self) -> timedelta | None:
        if not (self.expected and self.rate and self.run.is_active):
            return None
        return timedelta(seconds=(self.expected - self.read) / self.rate)

    @property
    def took(self) -> timedelta | None:
        return self._time_spent if self.run.finished_at else None

    @property
    def _time_spent(self) -> timedelta:
        return time_spent(line.list_run for line in self.lines)


def time_spent(lists: Iterable[ListRun]) -> timedelta:
    """The time during which at least one of the lists was being read.

    Lists read at the same time count once. If a list is retried days later, the days between do not count.
    """
    now = timezone.now()
    spans = sorted((list_run.began_at, list_run.finished_at or now) for list_run in lists if list_run.began_at)
    spent, latest_end = timedelta(), datetime.min.replace(tzinfo=UTC)
    for start, end in spans:
        spent += max(end - max(start, latest_end), timedelta())
        latest_end = max(end, latest_end)
    return spent
