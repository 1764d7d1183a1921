"""The history of a customer for a page: by day, with checks and repeated actions merged into one entry."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from audit.actions import Tone
from audit.models import SYSTEM, AuditEvent
from core.isolated_text import Sentence, join_names

SHOWN_FIRST, SHOWN_AT_MOST = 10, 200
# Read for each entry. One that merges more events is shown in parts, under "Show more".
EVENTS_PER_ENTRY = 10
CHECK, CHECK_FINISHED = "verification", "verification.finished"
# Left out if the product itself did it: the timeline shows what came out.
STARTS = ("verification.requested", "sync_run.started")


@dataclass(frozen=True)
class Entry:
    """Events of one day that belong together, newest first: checks in a row, or one action of one user repeated."""

    events: list[AuditEvent]

    @property
    def newest(self) -> AuditEvent:
        """The event whose sentence is shown: of checks, the last one that finished."""
        finished = (event for event in self.events if event.action == CHECK_FINISHED)
        return next(finished, self.events[0])

    @property
    def sentence(self) -> str:
        count = sum(event.action == CHECK_FINISHED for event in self.events)
        if count < 2:
            return self.newest.sentence
        words = _("%(sentence)s (last of %(count)s checks)")
        return Sentence(words, {"count": count, "sentence": self.newest.sentence})

    @property
    def times(self) -> int:
        """How often the action happened. The sentence about checks contains their number."""
        return 1 if _is_check(self.newest) else len(self.events)

    @property
    def tone(self) -> Tone:
        return self.newest.tone

    @property
    def at(self) -> datetime:
        return self.newest.occurred_at

    @property
    def names(self) -> Sentence:
        """Who acted; nothing if the product acted by itself."""
        names = dict.fromkeys(event.actor_name for event in self.events)
        return join_names([name for name in names if name != SYSTEM])


@dataclass(frozen=True)
class Day:
    day: date
    entries: list[Entry]


@dataclass(frozen=True)
class Timeline:
    """The newest entries by day. `more`: how many to show next; 0 if there are no others.

    is_extended: someone asked for more than are shown first.
    """

    days: list[Day]
    more: int
    is_extended: bool


def timeline_of(customer_id: int, shown: int = SHOWN_FIRST) -> Timeline:
    shown = min(shown, SHOWN_AT_MOST)
    limit = shown * EVENTS_PER_ENTRY
    all_events = AuditEvent.objects.for_timeline(customer_id)
    events = all_events.exclude(action__in=STARTS, actor_id=None)[: limit + 1]
    entries = _merge(events)
    has_more = len(entries) > shown or len(events) > limit
    days = [Day(day, [*group]) for day, group in groupby(entries[:shown], key=lambda entry: _day(entry.at))]
    more = shown + SHOWN_FIRST if has_more and shown < SHOWN_AT_MOST else 0
    return Timeline(days, more, shown > SHOWN_FIRST)


def _merge(events: Iterable[AuditEvent]) -> list[Entry]:
    return [Entry([*group]) for _key, group in groupby(events, key=_entry_key)]


def _entry_key(event: AuditEvent) -> Hashable:
    """Events in a row with the same key are one entry."""
    what = CHECK if _is_check(event) else (event.sentence, event.actor_name)
    return _day(event.occurred_at), what


def _is_check(event: AuditEvent) -> bool:
    return event.action.startswith(f"{CHECK}.")


def _day(at: datetime) -> date:
    return localtime(at).date()
