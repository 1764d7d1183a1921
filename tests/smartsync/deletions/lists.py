"""Syncs of a list of ten records, some of them missing or inactive."""

from collections.abc import Iterable

from smartsync.engine.deletions import settle
from smartsync.models import Hold, ListItem, ListRun
from smartsync.services.incidents import follow_holds
from tests.smartsync.test_store import read, record
from wizard.models import SyncProfile

ALL = range(1, 11)


def records(present: Iterable[int], inactive: Iterable[int] = ()) -> list[dict[str, str]]:
    return [record(key, status="inactive" if key in inactive else "active") for key in present]


def full(profile: SyncProfile, present: Iterable[int], inactive: Iterable[int] = ()) -> ListRun:
    list_run = read(profile, records(present, inactive))
    list_run.state = ListRun.State.COMPLETE
    list_run.counted_before = list_run.counted_after = list_run.read
    list_run.save()
    follow_holds(list_run.run)
    return list_run


def partial(profile: SyncProfile, present: Iterable[int], inactive: Iterable[int] = ()) -> None:
    list_run = read(profile, records(present, inactive), kind="partial")
    settle(list_run, is_complete=True)


def active() -> set[int]:
    return set(ListItem.objects.filter(active=True).values_list("key", flat=True))


def gone() -> set[int]:
    return set(ListItem.objects.exclude(deleted_at=None).values_list("key", flat=True))


def held() -> set[int]:
    return set(ListItem.objects.filter(is_held=True).values_list("key", flat=True))


def decisions() -> list[str]:
    return list(Hold.objects.order_by("pk").values_list("decision", flat=True))
