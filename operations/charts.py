"""Figures as bars. They are computed here and drawn by the server; each page shows their table beside them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate, pairwise
from statistics import median
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, Value
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.text import Words
from core.timestamps import LATEST
from operations.board import IS_CONNECTED, IS_LIVE, STEP
from operations.business_hours import BusinessHours, Period
from wizard.models import Question
from wizard.models.connection import ConnectionQuerySet
from wizard.models.profile import SyncProfileQuerySet
from wizard.stages import STAGES

DAYS = 90
WITHIN = {
    1: _("1 day"), 3: _("3 days"), 7: _("1 week"), 14: _("2 weeks"), 30: _("30 days"), 36_500: _("Longer")
}  # fmt: skip


@dataclass(frozen=True)
class Bar:
    """One bar of a chart. `length` is in percent of all."""

    label: Words
    count: int
    length: float
    slug: str = ""
    here: int = 0


# For each stage, counts of its connections. `every`: all that are not disconnected. `done`: the live ones of them. The
# names of WITHIN: those whose first full sync came in the last 90 days and within so many days after their start.
StageCounts = Mapping[str, Counter[str]]


def count_connections(connections: ConnectionQuerySet) -> StageCounts:
    """Count for both charts in one pass over ten thousand connections."""
    is_recent = Q(first_synced_at__gte=timezone.now() - timedelta(days=DAYS))
    # A start time later than our columns can hold must not break the sum for all other connections.
    started_at = Least(F("created_at"), Value(LATEST))
    within = {str(days): is_recent & Q(first_synced_at__lte=started_at + timedelta(days=days)) for days in WITHIN}
    figures = {"every": IS_CONNECTED, "done": IS_LIVE & IS_CONNECTED, **within}
    counts = {name: Count("pk", filter=condition) for name, condition in figures.items()}
    rows = connections.order_by().annotate(step=STEP).values("step").annotate(**counts).values_list("step", *counts)
    by_stage = {stage: Counter(dict(zip(counts, row, strict=True))) for stage, *row in rows}
    return {slug: by_stage.get(slug, Counter()) for slug in STAGES}


def funnel(counts: StageCounts) -> list[Bar]:
    """Return how many connections are at each stage (`here`), and how many reached it or a later one (`count`).

    Those that are live have all stages behind them.
    """
    done = sum(stage["done"] for stage in counts.values())
    here = [counts[slug]["every"] - counts[slug]["done"] for slug in STAGES]
    reached = [*accumulate(reversed([*here, done]))][:0:-1]
    bars = [
        Bar(stage.title, count, _percent(count, reached[0]), stage.slug, now)
        for stage, count, now in zip(STAGES.values(), reached, here, strict=True)
    ]
    return [*bars, Bar(_("Live"), done, _percent(done, reached[0]), here=done)]


def times_to_connect(counts: StageCounts) -> list[Bar]:
    """Return the times from the start to the first full sync, for connections that had it in the last 90 days."""
    up_to = [0, *(sum(stage[str(days)] for stage in counts.values()) for days in WITHIN)]
    periods = [after - before for before, after in pairwise(up_to)]
    return [
        Bar(label, count, _percent(count, up_to[-1])) for label, count in zip(WITHIN.values(), periods, strict=True)
    ]


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0


@dataclass(frozen=True)
class Week:
    """One week, with the requests decided in it. Bars are in percent of the longest time of all weeks."""

    monday: date
    times: Sequence[timedelta]
    longest_of_all: timedelta

    @property
    def median(self) -> timedelta:
        return timedelta(seconds=median(time.total_seconds() for time in self.times)) if self.times else timedelta()

    @property
    def longest(self) -> timedelta:
        return max(self.times, default=timedelta())

    @property
    def median_bar(self) -> float:
        return self._percent(self.median)

    @property
    def longest_bar(self) -> float:
        return self._percent(self.longest)

    def _percent(self, length: timedelta) -> float:
        """Return at least a thin line for a week with a decision, even if it was immediate."""
        share = length / self.longest_of_all if self.longest_of_all else 0
        return max(1.5, round(100 * share, 1)) if self.times else 0


def service_weeks(profiles: SyncProfileQuerySet, business_hours: BusinessHours) -> list[Week]:
    """Return every week of the last 90 days, oldest first, including weeks without a decision.

    Only the times are read: in a large product, a thousand requests are decided in these days.
    """
    times: dict[date, list[timedelta]] = {monday: [] for monday in _mondays(business_hours.zone)}
    decided = profiles.filter(decided_at__gte=timezone.now() - timedelta(days=DAYS))
    questions: dict[int, list[Period]] = defaultdict(list)
    asked = Question.objects.filter(profile__in=decided)
    for pk, asked_at, closed_at in asked.values_list("profile", "asked_at", "closed_at"):
        questions[pk].append((asked_at, closed_at))
    requests: Iterable[tuple[int, datetime, datetime]]
    requests = decided.values_list("pk", "requested_at", "decided_at")  # type: ignore[assignment]  # all are decided
    for pk, requested_at, decided_at in requests:
        if (monday := _monday(decided_at, business_hours.zone)) in times:
            times[monday].append(business_hours.time_with_beanworks(requested_at, decided_at, questions[pk]))
    longest = max((time for week in times.values() for time in week), default=timedelta())
    return [Week(monday, week, longest) for monday, week in times.items()]


def _mondays(zone: ZoneInfo) -> Iterable[date]:
    last, first = _monday(timezone.now(), zone), _monday(timezone.now() - timedelta(days=DAYS), zone)
    return (first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1))


def _monday(at: datetime, zone: ZoneInfo) -> date:
    day = at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())
