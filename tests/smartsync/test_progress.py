"""The rate of a run, also when it was interrupted."""

from datetime import timedelta

from django.utils import timezone

from smartsync.models import ListRun, SyncRun
from smartsync.pages.progress import Progress
from wizard.models import SyncProfile

from .test_services import create_claimed_run


def reading(run: SyncRun, began: timedelta, took: timedelta | None, read: int, expected: int) -> None:
    at = timezone.now() - began
    state = "complete" if took else "reading"
    counts = {"read": read, "new": read, "counted_before": expected, "counted_after": expected if took else None}
    name = f"list-{run.lists.count()}"
    finished = at + took if took else None
    ListRun.objects.create(
        run=run, position=9, slug=name, object="X", state=state, began_at=at, finished_at=finished, **counts
    )


def test_rate_and_time_left_come_from_the_time_spent_reading(profile: SyncProfile) -> None:
    """Ten seconds yesterday, ten seconds until now."""
    run = create_claimed_run(profile, [])
    SyncRun.objects.filter(pk=run.pk).update(started_at=timezone.now() - timedelta(days=1))
    run.refresh_from_db()
    reading(run, timedelta(days=1), timedelta(seconds=10), 1000, 1000)
    reading(run, timedelta(seconds=10), None, 1000, 3000)
    progress = Progress(run)
    assert (progress.read, progress.expected, progress.done, progress.total) == (2000, 4000, 1, 2)
    assert progress.rate in range(95, 101)
    assert progress.left
    assert timedelta(seconds=19) < progress.left < timedelta(seconds=22)


def test_lists_read_at_the_same_time_count_once(profile: SyncProfile) -> None:
    run = create_claimed_run(profile, [])
    for began in (20, 15):
        reading(run, timedelta(seconds=began), timedelta(seconds=10), 100, 100)
    run.result = SyncRun.Result.COMPLETE
    run.finish()
    took = Progress(run).took
    assert took
    assert round(took.total_seconds()) == 15


def test_without_records_read_there_is_no_estimate(profile: SyncProfile) -> None:
    progress = Progress(create_claimed_run(profile, []))
    assert (progress.rate, progress.left, progress.took, progress.expected) == (None, None, None, None)
