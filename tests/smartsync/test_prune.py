"""What is kept of old runs, and what is not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from smartsync.models import SyncRun
from smartsync.services import runs_prune
from wizard.models import SyncProfile

pytestmark = pytest.mark.django_db


def run(profile: SyncProfile, kind: str, days: int, result: str = "complete") -> SyncRun:
    """One that ended so many days ago."""
    at = timezone.now() - timedelta(days=days)
    made = SyncRun.objects.create(
        profile=profile, kind=kind, since=None if kind == "full" else at, state="done", result=result
    )
    SyncRun.objects.filter(pk=made.pk).update(created_at=at)
    return made


def left(*runs: SyncRun) -> list[bool]:
    """Which of them are still there after pruning."""
    runs_prune()
    return [SyncRun.objects.filter(pk=each.pk).exists() for each in runs]


def test_what_is_older_than_four_hundred_days_goes(profile: SyncProfile) -> None:
    runs = (
        run(profile, "full", 500),
        run(profile, "full", 402),
        run(profile, "partial", 401),
        run(profile, "partial", 399),
    )
    assert left(*runs) == [False, True, False, True]
    assert AuditEvent.objects.get(action="sync_run.pruned").metadata["runs"] == 2


def test_the_newest_full_run_stays_however_old_it_knows_the_dimensions(profile: SyncProfile) -> None:
    assert left(run(profile, "full", 500), run(profile, "partial", 1)) == [True, True]


def test_the_newest_success_stays_however_old_the_next_sync_builds_on_it(profile: SyncProfile) -> None:
    runs = (
        run(profile, "partial", 500),
        run(profile, "full", 450, "failed"),
        run(profile, "partial", 410, "incomplete"),
        run(profile, "partial", 1, "failed"),
    )
    assert left(*runs) == [True, True, True, True]


def test_another_profiles_success_counts_for_nothing(profile: SyncProfile, other_profile: SyncProfile) -> None:
    assert left(run(profile, "partial", 500), run(other_profile, "partial", 1)) == [True, True]


def test_lists_and_changes_go_with_their_run_and_records_stay(profile: SyncProfile) -> None:
    old, item = run(profile, "partial", 500), None
    run(profile, "partial", 1)
    listed = old.lists.create(position=0, slug="vendors", object="VENDOR", title="Vendors")
    now = timezone.now()
    item = profile.items.create(
        list="vendors", key=1, code="V1", fields={}, fingerprint=b"1", first_seen_at=now, changed_at=now
    )
    item.changes.create(list_run=listed, at=now, what="changed", fields={})
    assert left(old) == [False]
    item.refresh_from_db()
    assert not item.changes.exists()
