"""How long runs with all that they recorded, deleted records, missed runs and decided holds are stored."""

from collections import defaultdict
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from audit.services import event_record
from core.leases import State
from core.retention import Rule
from smartsync.models import Hold, ListItem, ListRun, MissedRun, RecordStream, SyncRun
from wizard.models import SyncProfile


def _old_runs(before: datetime) -> QuerySet[SyncRun]:
    """Runs created before `before` that no later run needs.

    A partial run is needed until a later run has succeeded. A full run also needs a later full run. A run that stored
    the newest list run of a list, or the newest complete one, stays: later runs found the list unchanged.
    """
    later = SyncRun.objects.filter(profile=OuterRef("profile"), pk__gt=OuterRef("pk"))
    succeeded = Exists(later.filter(result=SyncRun.Result.COMPLETE))
    old = SyncRun.objects.filter(succeeded, state=State.DONE, created_at__lt=before)
    replaced = old.filter(Q(kind=SyncRun.Kind.PARTIAL) | Exists(later.filter(kind=SyncRun.Kind.FULL)))
    # The condition is a range, so that PostgreSQL asks for one run at a time. As an equality it became a hash of
    # all list runs of the database: more than 100 s for 28,800 runs.
    own = ListRun.objects.filter(run__gte=OuterRef("pk"), run__lte=OuterRef("pk"))
    return replaced.exclude(Exists(own.needed(profile=OuterRef(OuterRef("profile")))))


def _remove_runs(runs: QuerySet[SyncRun]) -> None:
    count = runs.count()
    # With their list runs, changes of records, and records set aside.
    runs.delete()
    event_record(action="sync_run.pruned", actor=None, runs=count, days=settings.RETENTION_RUNS_DAYS)


def _deleted_records(before: datetime) -> QuerySet[ListItem]:
    return ListItem.objects.filter(deleted_at__lt=before)


def _remove_records(records: QuerySet[ListItem]) -> None:
    keys = defaultdict(list)
    for pk, profile_pk in records.order_by("profile").values_list("pk", "profile"):
        keys[profile_pk].append(pk)
    for profile in SyncProfile.objects.filter(pk__in=keys).select_related("connection").order_by("pk"):
        _forget(profile, ListItem.objects.filter(pk__in=keys[profile.pk]))


def _lock_runs(keys: list[int]) -> None:
    """A worker locks the run before it writes. A record that it brings back is then not removed at the same time."""
    profiles = ListItem.objects.filter(pk__in=keys).values("profile")
    bool(SyncRun.objects.active().filter(profile__in=profiles).order_by("pk").select_for_update())


def _forget(profile: SyncProfile, records: QuerySet[ListItem]) -> None:
    """Remove records, and note up to which revision some are gone. Readers with an older cursor must start again."""
    stream, _is_new = RecordStream.objects.select_for_update().get_or_create(profile=profile)
    stream.forgotten = max(stream.forgotten, records.aggregate(latest=Max("revision"))["latest"])
    stream.save(update_fields=["forgotten"])
    count = records.count()
    records.delete()
    event_record(
        action="list.records_removed",
        actor=None,
        target=profile,
        customer_id=profile.connection.customer_id,
        records=count,
    )


def _old_missed_runs(before: datetime) -> QuerySet[MissedRun]:
    return MissedRun.objects.filter(due_at__lt=before)


def _old_holds(before: datetime) -> QuerySet[Hold]:
    return Hold.objects.filter(decided_at__lt=before)


RULES = (
    Rule("runs", _old_runs, "created_at", "RETENTION_RUNS_DAYS", _remove_runs),
    Rule("missed-runs", _old_missed_runs, "due_at", "RETENTION_RUNS_DAYS"),
    Rule("holds", _old_holds, "decided_at", "RETENTION_RUNS_DAYS"),
    Rule("deleted-records", _deleted_records, "deleted_at", "DELETED_RECORDS_DAYS", _remove_records, _lock_runs),
)
