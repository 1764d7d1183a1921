"""What can be synced now, and how many records a full sync would read and how long it would take."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.utils.translation import gettext as _

from accounts.models import User
from core.collation import Natural
from smartsync.models import ListItem, ListRun, SyncRun
from smartsync.pages.progress import time_spent
from smartsync.services import default_sinces
from wizard.models import SyncProfile


@dataclass(frozen=True)
class Candidate:
    """A legal entity that the user may choose. `obstacle`: why it cannot be synced now, in words, or ""."""

    profile: SyncProfile
    since: datetime | None
    obstacle: str

    @property
    def is_free(self) -> bool:
        return not self.obstacle


def candidates(user: User) -> list[Candidate]:
    visible = SyncProfile.objects.visible_to(user).filter(state__in=SyncProfile.OPEN)
    profiles = visible.select_related("connection", "legal_entity").order_by(Natural("legal_entity__name"))
    running = set(SyncRun.objects.active().filter(profile__in=profiles).values_list("profile", flat=True))
    sinces = default_sinces(profiles)
    return [
        Candidate(profile, sinces.get(profile.pk), _obstacle(profile, profile.pk in running)) for profile in profiles
    ]


def _obstacle(profile: SyncProfile, running: bool) -> str:
    if profile.is_waiting:
        return _("Waiting on Beanworks: the API Sync Profile is not approved yet.")
    if profile.connection.sign_in_block:
        return _("Paused until the sign-in works")
    return _("A sync is running.") if running else ""


class FullPlan:
    """A full sync before it starts: the records of each list, and how long they take at the last full sync's rate."""

    def __init__(self, profile: SyncProfile) -> None:
        self.profile = profile

    @cached_property
    def lists(self) -> list[tuple[ListRun, int]]:
        counts = ListItem.objects.counts(self.profile)
        newest = ListRun.objects.newest(self.profile).exclude(slug__in=self.profile.unused_lists)
        return [(list_run, counts[list_run.slug]["present"]) for list_run in newest if list_run.slug in counts]

    @property
    def records(self) -> int:
        return sum(count for _list_run, count in self.lists)

    @cached_property
    def estimate(self) -> timedelta | None:
        """None if there was no full sync yet to estimate from."""
        last = SyncRun.objects.last_full(self.profile)
        lists = list(last.lists.all()) if last else []
        read = sum(list_run.read for list_run in lists)
        return time_spent(lists) * (self.records / read) if read else None
