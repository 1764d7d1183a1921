"""The rows of the history: runs, and between them the times at which a scheduled run did not start."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.core.paginator import Page
from django.utils.timezone import localdate

from core.long_lists import LongPaginator
from smartsync.models import ListRun, MissedRun, SyncRun
from smartsync.models.runs import SyncRunQuerySet
from smartsync.models.schedules import MissedRunQuerySet
from smartsync.pages.chart import BARS

MOST_MISSED = 30
"""Missed runs on a page of runs. The filter “Did not start” lists all of them."""


class Row(NamedTuple):
    """A run with the totals of its lists, or a missed run."""

    at: datetime
    run: SyncRun | None = None
    totals: Mapping[str, Any] = {}
    missed: MissedRun | None = None

    @property
    def day(self) -> date:
        """The day in the user's time zone."""
        return localdate(self.at)


def page_of(
    runs: SyncRunQuerySet, missed_runs: MissedRunQuerySet, number: str | None
) -> tuple[Page[SyncRun] | Page[MissedRun], list[Row]]:
    """A page of the runs, or of the missed runs if there are no runs, and its rows, newest first."""
    page = LongPaginator(runs, BARS).get_page(number)
    if page.object_list:
        return page, _rows(page, missed_runs)
    missed_page = LongPaginator(missed_runs, BARS).get_page(number)
    return missed_page, [Row(missed.due_at, missed=missed) for missed in missed_page]


def _rows(page: Page[SyncRun], missed_runs: MissedRunQuerySet) -> list[Row]:
    """The runs of a page, with the missed runs that belong between them."""
    totals = ListRun.objects.totals(page.object_list)
    runs = [Row(run.created_at, run, totals.get(run.pk, {})) for run in page]
    missed = [Row(missed.due_at, missed=missed) for missed in _between(page, missed_runs)[:MOST_MISSED]]
    return sorted([*runs, *missed], key=lambda row: row.at, reverse=True)


def _between(page: Page[SyncRun], missed_runs: MissedRunQuerySet) -> MissedRunQuerySet:
    """The missed runs after the page's oldest run and before the oldest run of the page before."""
    if page.has_next():
        missed_runs = missed_runs.filter(due_at__gte=page[-1].created_at)
    if page.has_previous():
        missed_runs = missed_runs.filter(due_at__lt=page.paginator.object_list[page.start_index() - 2].created_at)
    return missed_runs
