"""Figures as bars, worked out here and drawn by the server; each page shows their table beside them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate, pairwise
from statistics import median

from django.db.models import Count, F, Min, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from operations.clock import ZONE, service_time
from wizard.models import Connection, SyncProfile
from wizard.models.connection import ConnectionQuerySet
from wizard.stage import Words
from wizard.stages import STAGES

DAYS = 90
WITHIN = {
    1: _("One day"), 3: _("3 days"), 7: _("A week"), 14: _("2 weeks"), 30: _("30 days"), 36_500: _("Longer")
}  # fmt: skip


@dataclass(frozen=True)
class Bar:
    """`length` is in percent of all."""

    label: Words
    count: int
    length: float
    slug: str = ""
    here: int = 0


def funnel(connections: ConnectionQuerySet) -> list[Bar]:
    """How many are at each stage (`here`), and how many have come at least as far (`count`)."""
    settled = Q(must_act=Connection.MustAct.NOBODY)
    counted = connections.order_by().values("stage").annotate(every=Count("pk"), done=Count("pk", filter=settled))
    at = {slug: (every, done) for slug, every, done in counted.values_list("stage", "every", "done")}
    here = [at.get(stage.slug, (0, 0))[0] for stage in STAGES]
    reached = [*accumulate(reversed(here))][::-1]
    done = at.get(STAGES[-1].slug, (0, 0))[1]
    bars = [
        Bar(stage.title, count, _percent(count, reached[0]), stage.slug, now)
        for stage, count, now in zip(STAGES, reached, here, strict=True)
    ]
    return [*bars, Bar(_("In use"), done, _percent(done, reached[0]))]


def times_to_connect(connections: ConnectionQuerySet) -> list[Bar]:
    """From the start to the first full sync, of those that had it in the last 90 days."""
    since = timezone.now() - timedelta(days=DAYS)
    synced = SyncProfile.objects.filter(connection__in=connections.order_by().values("pk")).values("connection")
    first = synced.annotate(first=Min("first_synced_at")).filter(first__gte=since).order_by()
    took = first.annotate(took=F("first") - F("connection__created_at"))
    within = {str(days): Count("connection", filter=Q(took__lte=timedelta(days=days))) for days in WITHIN}
    upto = [0, *took.aggregate(**within).values()]
    counts = [after - before for before, after in pairwise(upto)]
    return [Bar(label, count, _percent(count, upto[-1])) for label, count in zip(WITHIN.values(), counts, strict=True)]


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0


@dataclass(frozen=True)
class Week:
    """Requests decided in it. Bars are in percent of the longest time of all weeks."""

    monday: date
    times: Sequence[timedelta]
    longest_of_all: timedelta

    @property
    def median(self) -> timedelta:
        return timedelta(seconds=median(each.total_seconds() for each in self.times)) if self.times else timedelta()

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
        """At least a line for a week in which something was decided, were it at once."""
        share = length / self.longest_of_all if self.longest_of_all else 0
        return max(1.5, round(100 * share, 1)) if self.times else 0


def service_weeks(decided: Iterable[SyncProfile]) -> list[Week]:
    """Every week of the last 90 days, oldest first, those without a decision too."""
    times: dict[date, list[timedelta]] = {monday: [] for monday in _mondays()}
    for profile in decided:
        if profile.decided_at and (monday := _monday(profile.decided_at)) in times:
            times[monday].append(service_time(profile))
    longest = max((each for week in times.values() for each in week), default=timedelta())
    return [Week(monday, week, longest) for monday, week in times.items()]


def _mondays() -> Iterable[date]:
    last, first = _monday(timezone.now()), _monday(timezone.now() - timedelta(days=DAYS))
    return (first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1))


def _monday(at: datetime) -> date:
    day = at.astimezone(ZONE).date()
    return day - timedelta(days=day.weekday())
