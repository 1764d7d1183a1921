"""Which old runs are removed, and which stay."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from smartsync.models import ListRun, SyncRun
from tests.support.retention import prune_now
from wizard.models import SyncProfile

pytestmark = pytest.mark.django_db


def run(profile: SyncProfile, kind: str, days: int, result: str = "complete") -> SyncRun:
    """Create a run that ended `days` days ago."""
    at = timezone.now() - timedelta(days=days)
    old_run = SyncRun.objects.create(
        profile=profile, kind=kind, since=None if kind == "full" else at, state="done", result=result
    )
    SyncRun.objects.filter(pk=old_run.pk).update(created_at=at)
    return old_run


def add_list(a_run: SyncRun, state: str = "complete", cause: str = "") -> ListRun:
    counted = {"counted_before": 0, "counted_after": 0} if state == "complete" else {}
    return a_run.lists.create(
        position=0, slug="vendors", object="VENDOR", title="Vendors", state=state, cause=cause, **counted
    )


def left(*runs: SyncRun) -> list[bool]:
    """For each run, whether it still exists after pruning."""
    prune_now("runs")
    return [SyncRun.objects.filter(pk=old_run.pk).exists() for old_run in runs]


def test_runs_older_than_four_hundred_days_are_removed(profile: SyncProfile) -> None:
    runs = (
        run(profile, "full", 500),
        run(profile, "full", 402),
        run(profile, "partial", 401),
        run(profile, "partial", 399),
    )
    assert left(*runs) == [False, True, False, True]
    assert AuditEvent.objects.get(action="sync_run.pruned").metadata["runs"] == 2


def test_newest_full_run_stays_since_it_has_the_dimensions(profile: SyncProfile) -> None:
    assert left(run(profile, "full", 500), run(profile, "partial", 1)) == [True, True]


def test_newest_success_stays_since_the_next_sync_needs_it(profile: SyncProfile) -> None:
    runs = (
        run(profile, "partial", 500),
        run(profile, "full", 450, "failed"),
        run(profile, "partial", 410, "incomplete"),
        run(profile, "partial", 1, "failed"),
    )
    assert left(*runs) == [True, True, True, True]


def test_success_of_another_profile_does_not_count(profile: SyncProfile, other_profile: SyncProfile) -> None:
    assert left(run(profile, "partial", 500), run(other_profile, "partial", 1)) == [True, True]


def test_lists_and_changes_are_removed_with_their_run_and_records_stay(profile: SyncProfile) -> None:
    old, newer = run(profile, "partial", 500), run(profile, "partial", 1)
    listed = add_list(old)
    add_list(newer)
    now = timezone.now()
    item = profile.items.create(
        list="vendors", key=1, code="V1", fields={}, fingerprint=b"1", first_seen_at=now, changed_at=now
    )
    item.changes.create(list_run=listed, at=now, kind="changed", fields={})
    assert left(old) == [False]
    item.refresh_from_db()
    assert not item.changes.exists()


def test_run_with_the_newest_list_run_of_a_list_stays(profile: SyncProfile) -> None:
    """Later runs found no change in the list, so this row says how the list is, and which fields it has."""
    before, stored, unchanged, _newest = (run(profile, "partial", days) for days in (500, 450, 420, 1))
    add_list(before)
    add_list(stored)

    assert left(before, stored, unchanged) == [False, True, False]


def test_run_with_the_newest_complete_list_run_stays(profile: SyncProfile) -> None:
    """The next sync reads the list since then."""
    complete, failed, newest = (run(profile, "partial", days) for days in (500, 450, 1))
    add_list(complete)
    add_list(failed, "failed", "no_connection")
    add_list(newest, "failed", "no_connection")

    assert left(complete, failed) == [True, False]
