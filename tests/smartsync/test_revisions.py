"""Revisions: a reader who follows them misses no change, even if several transactions write at the same time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

import pytest
from django.db import connection, transaction
from pytest_django.fixtures import Settings

from accounts.models import User
from smartsync.models import Hold, ListItem, RecordStream
from smartsync.services import hold_confirm
from tests.smartsync.deletions.lists import full, records
from tests.smartsync.test_store import keep, read, reading, record
from wizard.models import SyncProfile


def revisions() -> dict[int, int]:
    return dict(ListItem.objects.order_by("key").values_list("key", "revision"))


def test_each_write_takes_the_next_revision_and_unchanged_records_keep_theirs(profile: SyncProfile) -> None:
    read(profile, [record(1), record(2), record(3)])
    assert revisions() == {1: 1, 2: 1, 3: 2}

    read(profile, [record(1), record(2, "Grace"), record(3)])
    assert revisions() == {1: 1, 2: 3, 3: 2}

    read(profile, [record(1), record(2, "Grace"), record(3)])
    assert RecordStream.objects.get().revision == 3


def test_deleted_inactive_and_returning_records_take_revisions(profile: SyncProfile) -> None:
    read(profile, [record(1), record(2), record(3)], size=3)
    read(profile, [record(1), record(3, status="inactive")], size=3)
    # The third record was stored as the page came, and marked as inactive together with the missing one at the end.
    assert revisions() == {1: 1, 2: 3, 3: 3}

    read(profile, [record(1), record(2), record(3, status="inactive")], size=3)
    assert revisions() == {1: 1, 2: 4, 3: 3}


def test_held_records_take_a_revision_when_they_are_confirmed(
    profile: SyncProfile, administrator: User, settings: Settings
) -> None:
    settings.DELETION_GUARD_RECORDS = 2
    full(profile, range(1, 11))
    before = revisions()
    full(profile, range(5, 11))
    assert revisions() == before

    hold_confirm(hold=Hold.objects.get(), actor=administrator)
    latest = RecordStream.objects.get().revision
    assert {key for key, revision in revisions().items() if revision == latest} == {1, 2, 3, 4}


def test_each_profile_has_its_own_revisions(profile: SyncProfile, other_profile: SyncProfile) -> None:
    read(profile, records(range(1, 7)))
    read(other_profile, records(range(1, 3)))
    assert dict(RecordStream.objects.values_list("profile", "revision")) == {profile.pk: 3, other_profile.pk: 1}


@pytest.mark.django_db(transaction=True)
def test_who_follows_while_several_write_misses_no_change(profile: SyncProfile) -> None:
    """One run writes a profile at a time. Here four transactions write it at once, which is harder."""
    parts = [range(start, start + 20) for start in range(1, 81, 20)]
    done = Event()

    with ThreadPoolExecutor(6) as threads:
        readers = [threads.submit(follow, profile, done) for _reader in range(2)]
        list(threads.map(partial(write_and_change, profile), parts))
        done.set()
        seen = [reader.result() for reader in readers]

    stored = {item.key: (item.revision, item.name) for item in ListItem.objects.all()}
    assert len(stored) == 80
    assert seen == [stored, stored]


def write_and_change(profile: SyncProfile, keys: Sequence[int]) -> None:
    """Write each record in a transaction of its own, then change each."""
    try:
        for name in ("Ada", "Eve"):
            list_run = reading(profile, "partial")
            for key in keys:
                with transaction.atomic():
                    keep(list_run, [record(key, name)], is_last=False)
    finally:
        connection.close()


def follow(profile: SyncProfile, done: Event) -> dict[int, tuple[int, str]]:
    """Read what is newer than what was read before, until the writers are done and nothing is left."""
    seen: dict[int, tuple[int, str]] = {}
    last = 0
    try:
        while True:
            is_last = done.is_set()
            newer = [*ListItem.objects.filter(profile=profile, revision__gt=last).order_by("revision", "pk")]
            seen |= {item.key: (item.revision, item.name) for item in newer}
            last = newer[-1].revision if newer else last
            if is_last and not newer:
                return seen
    finally:
        connection.close()
