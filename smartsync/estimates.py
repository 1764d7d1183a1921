"""What can be synced now, and what a full sync would read and take."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.utils.translation import gettext as _

from accounts.models import User
from core.collation import Natural
from smartsync.models import ListItem, ListRun, SyncRun
from smartsync.progress import time_spent
from smartsync.services import default_sinces
from wizard.models import SyncProfile


@dataclass(frozen=True)
class Candidate:
    """A legal entity one may choose; `obstacle`: why it cannot be synced now, in words."""

    profile: SyncProfile
    since: datetime | None
    obstacle: str


def candidates(person: User) -> list[Candidate]:
    visible = SyncProfile.objects.visible_to(person).filter(state__in=SyncProfile.OPEN)
    profiles = visible.select_related("connection", "legal_entity").order_by(Natural("legal_entity__name"))
    running = set(SyncRun.objects.active().filter(profile__in=profiles).values_list("profile", flat=True))
    since = default_sinces(profiles)
    return [Candidate(each, since.get(each.pk), _obstacle(each, each.pk in running)) for each in profiles]


def _obstacle(profile: SyncProfile, running: bool) -> str:
    if profile.is_waiting:
        return _("Waiting on Beanworks: the API Sync Profile is not approved yet.")
    return _("A sync is running.") if running else ""


class FullPlan:
    """A full sync before it starts: the records of each list, and how long they take at the last one's rate."""

    def __init__(self, profile: SyncProfile) -> None:
        self.profile = profile

    @cached_property
    def lists(self) -> list[tuple[ListRun, int]]:
        counts = ListItem.objects.counts(self.profile)
        newest = ListRun.objects.newest(self.profile)
        return [(each, counts[each.slug]["present"]) for each in newest if each.slug in counts]

    @property
    def records(self) -> int:
        return sum(count for _list_run, count in self.lists)

    @cached_property
    def estimate(self) -> timedelta | None:
        """None before there was a full sync to judge by."""
        last = SyncRun.objects.last_full(self.profile)
        lists = list(last.lists.all()) if last else []
        read = sum(each.read for each in lists)
        return time_spent(lists) * (self.records / read) if read else None
