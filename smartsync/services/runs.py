"""Every action that changes a sync run. `Refused` has a text for the user."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audit.models import AuditEvent
from audit.services import event_record
from core.leases import State
from core.metrics import SYNC_RECORDS, count_on_commit
from core.queue import LATER, publish
from intacct.errors import SIGN_IN_REFUSED, IntacctError
from smartsync.diagnoses import cause_and_facts
from smartsync.engine.deletions import settle
from smartsync.engine.plan import store_unread_lists
from smartsync.models import ListRun, SyncRun
from smartsync.models.list_runs import SUMMED, count_states
from smartsync.models.runs import EARLIEST
from smartsync.services.incidents import close_incidents_of, follow_holds, follow_set_aside, run_slug
from smartsync.services.notifications import notify_run_ended
from smartsync.services.replacements import schedules_carry_over
from smartsync.warnings import lasting
from wizard.models import Connection, Incident, SyncProfile
from wizard.services import (
    Refused,
    close_incident,
    open_incident,
    profile_record_sync_end,
    profile_record_sync_start,
    refuse_while_blocked,
    verification_request,
)
from wizard.services.verifications import INTERRUPTED, record_refused_sync
from wizard.stages import SYNC_STAGE

Kind, Result = SyncRun.Kind, SyncRun.Result


@transaction.atomic
def run_start(*, profile: SyncProfile, kind: str, since: datetime | None = None, actor: User | None) -> SyncRun:
    """Queue a run. For a partial run, `since` None means since the last success. (Schedules: see `dispatcher`.)"""
    # Locked: an approval that is undone, or a profile that ends, at the same time comes first or finds this run.
    Connection.objects.select_for_update(no_key=True).get(pk=profile.connection_id)
    profile.refresh_from_db(fields=["state"])
    if profile.state != SyncProfile.State.APPROVED:
        raise Refused(_("SmartSync can start once Beanworks has approved the API Sync Profile."))
    refuse_while_blocked(profile.connection)
    if kind == Kind.PARTIAL:
        since = since or default_since(profile)
        if not since:
            raise Refused(_("The first sync must be a full sync. After that, you can run partial syncs."))
    run = SyncRun(profile=profile, kind=kind, since=since, requested_by=actor)
    _enqueue(run)
    profile_record_sync_start(profile=profile)
    _record("sync_run.started", run, actor, kind=kind, since=since and since.isoformat(), scheduled=False)
    return run


def runs_start(
    *, profiles: Iterable[SyncProfile], kind: str, actor: User
) -> tuple[list[SyncRun], dict[SyncProfile, str]]:
    """Queue a run for each profile that can have one. Returns the runs, and for the other profiles why not."""
    started, refused = [], {}
    for profile in profiles:
        try:
            started.append(run_start(profile=profile, kind=kind, actor=actor))
        except Refused as reason:
            refused[profile] = str(reason)
    return started, refused


def default_since(profile: SyncProfile) -> datetime | None:
    """When the last successful run started, or else the last full run that is incomplete. None: no such run yet."""
    return default_sinces([profile]).get(profile.pk)


def default_sinces(profiles: Iterable[SyncProfile]) -> dict[int, datetime | None]:
    """The default `since` of many profiles, by the profile's key."""
    # A start in the future was written while our clock was ahead. Changes between the real start and that time would
    # be missed, so such a run is ignored.
    readable = SyncRun.objects.filter(profile__in=profiles, started_at__range=(EARLIEST, timezone.now()))
    newest = readable.order_by("profile", "-pk").distinct("profile")
    starts = newest.values_list("profile", "started_at")
    # A success takes precedence over an incomplete full run: `|` keeps the value on the right.
    return dict(starts.filter(kind=Kind.FULL, result=Result.INCOMPLETE)) | dict(starts.filter(result=Result.COMPLETE))


@transaction.atomic
def run_cancel(*, run: SyncRun, actor: User | None) -> None:
    """Ask the worker to stop. Stored records stay. A second request changes nothing."""
    is_first = (
        SyncRun.objects.active().filter(pk=run.pk, cancel_requested_at=None).update(cancel_requested_at=timezone.now())
    )
    if is_first:
        publish(SyncRun.task, run.pk)
        _record("sync_run.cancel_requested", run, actor)


@transaction.atomic
def list_retry(*, list_run: ListRun, actor: User | None) -> SyncRun:
    """Read one list of the newest run again from its start. The run's result is then computed from all its lists."""
    run = SyncRun.objects.select_for_update().get(pk=list_run.run_id)
    newest = SyncRun.objects.for_history(run.profile).first()
    if not (list_run.is_retryable and run == newest):
        raise Refused(_("You can retry only lists that failed in the latest sync."))
    if list_run.slug in run.profile.unused_lists:
        raise Refused(_("This list is no longer in use. To read it, use it again."))
    refuse_while_blocked(run.profile.connection)
    blank = ListRun(run=run, position=list_run.position, slug=list_run.slug, object=list_run.object)
    blank.pk, blank.title, blank.fields, blank.since = list_run.pk, list_run.title, list_run.fields, list_run.since
    blank.warnings = lasting(list_run.warnings)
    blank.save(force_update=True)
    list_run.set_aside_records.all().delete()
    run.state, run.result, run.cause, run.facts = State.QUEUED, "", "", {}
    run.finished_at = run.cancel_requested_at = None
    _enqueue(run)
    _record("list_run.retried", run, actor, list=list_run.slug)
    return run


@transaction.atomic
def run_finish(*, run: SyncRun, error: IntacctError | None = None) -> None:
    """End a run that was canceled, was stopped by `error`, or has finished all its lists.

    The caller must hold the run's lease.
    """
    # Lock the connection before the run, as everywhere. Lock the run before reading whether it was canceled: a cancel
    # that comes later waits and finds the run done.
    Connection.objects.select_for_update(no_key=True).get(pk=run.profile.connection_id)
    run.hold()
    run.refresh_from_db(fields=["cancel_requested_at"])
    if error:
        run.cause, run.facts = cause_and_facts(run, error)
    outcome = {"state": ListRun.State.CANCELED} if run.cancel_requested_at else _failure_fields(run)
    if error or run.cancel_requested_at:
        store_unread_lists(run)
    _settle_unfinished(run, ListRun.State.READING)
    run.lists.unfinished().update(finished_at=timezone.now(), **outcome)
    states = count_states(run)
    run.result = Result.CANCELED if run.cancel_requested_at else _result(states)
    run.finish()
    _count_records(run)
    _update_connection(run, error)
    _record("sync_run.finished", run, None, **outcome_facts(run), lists=dict(states))
    follow_set_aside(run)
    follow_holds(run)
    notify_run_ended(run)


@transaction.atomic
def runs_end(profiles: Sequence[SyncProfile], **_: Any) -> None:
    """End the runs and incidents of profiles that are no longer synced. A worker that has one finds its lease lost."""
    active = SyncRun.objects.active().filter(profile__in=profiles).order_by("pk")
    for run in active.select_for_update(of=["self"]).select_related("profile__connection"):
        run.take_over()
        SyncRun.objects.filter(pk=run.pk).update(cancel_requested_at=timezone.now())
        run_finish(run=run)
    for profile in profiles:
        close_incidents_of(profile)


def _count_records(run: SyncRun) -> None:
    """Count at the end of the run what its lists did, so that a run that was killed and resumed counts once."""
    totals = ListRun.objects.totals([run]).get(run.pk, {})
    for change in SUMMED:
        count_on_commit(SYNC_RECORDS, change, amount=totals.get(f"all_{change}") or 0)


def _settle_unfinished(run: SyncRun, state: str) -> None:
    for list_run in run.lists.filter(state=state):
        list_run.deactivated += settle(list_run, is_complete=False)
        list_run.save(update_fields=["deactivated"])


def run_give_up(run: SyncRun) -> None:
    """End a run that failed repeatedly because of a fault on our side.

    The caller holds the run's lease and opens the transaction. This reads as little as it can, since one of the values
    may be the reason of the failures.
    """
    run.cause, run.facts = INTERRUPTED, {"failure": run.failure}
    run.lists.unfinished().update(finished_at=timezone.now(), **_failure_fields(run))
    # `notify_run_given_up` stores the lists that were not read.
    states = count_states(run) + Counter([ListRun.State.FAILED])
    run.result = Result.CANCELED if run.is_canceled() else _result(states)
    run.finish()


def notify_run_given_up(run: SyncRun) -> None:
    connection = run.profile.connection
    store_unread_lists(run)
    run.lists.unfinished().update(finished_at=run.finished_at, **_failure_fields(run))
    _settle_unfinished(run, ListRun.State.FAILED)
    _record("sync_run.finished", run, None, **outcome_facts(run), failure=run.failure)
    profile_record_sync_end(profile=run.profile, full=run.kind == Kind.FULL, gaps=True)
    open_incident(
        connection=connection, slug=run_slug(run.profile_id), cause=INTERRUPTED, facts=run.facts, stage=SYNC_STAGE.slug
    )
    follow_holds(run)
    notify_run_ended(run)


def _update_connection(run: SyncRun, error: IntacctError | None) -> None:
    """Update what is known about the connection from what the sync met.

    A refused sign-in counts at once. For a refused list, a verification asks Intacct for the reason.
    """
    if run.result == Result.CANCELED:
        return
    connection = run.profile.connection
    if Incident.objects.open().filter(connection=connection, check_slug=run_slug(run.profile_id)).exists():
        close_incident(connection=connection, slug=run_slug(run.profile_id))
    full, gaps = run.kind == Kind.FULL, run.result != Result.COMPLETE
    profile_record_sync_end(profile=run.profile, full=full, gaps=gaps)
    if full and not gaps and run.profile.replaces_id:
        schedules_carry_over(run.profile)
    if isinstance(error, SIGN_IN_REFUSED):
        record_refused_sync(connection=run.profile.connection, error=error)
    elif run.lists.filter(state=ListRun.State.REFUSED).exists():
        with suppress(Refused):
            verification_request(connection=run.profile.connection, actor=None)


def _failure_fields(run: SyncRun) -> dict[str, object]:
    return {"state": ListRun.State.FAILED, "cause": run.cause, "facts": run.facts}


def _result(states: Counter[str]) -> str:
    complete = states[ListRun.State.COMPLETE]
    if not complete:
        return Result.FAILED
    return Result.COMPLETE if complete + states[ListRun.State.NOT_APPLICABLE] == states.total() else Result.INCOMPLETE


def _enqueue(run: SyncRun) -> SyncRun:
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError as error:
        # The database decides which of several simultaneous starts is first. Any other violation is a fault.
        if "one_active_run_per_profile" not in str(error):
            raise
        raise Refused(_("A sync of this legal entity is already running.")) from None
    publish(SyncRun.task, run.pk)
    return run


def runs_publish(pks: Collection[int]) -> None:
    """Send a message to workers for each run. They take those that users wait for before all others."""
    awaited = set(SyncRun.objects.awaited().filter(pk__in=pks).values_list("pk", flat=True))
    publish(SyncRun.task, *(pk for pk in pks if pk in awaited))
    publish(SyncRun.task, *(pk for pk in pks if pk not in awaited), priority=LATER)


def outcome_facts(run: SyncRun) -> dict[str, str]:
    """What the audit log records of a run that ended."""
    succeeded = run.result in (Result.COMPLETE, Result.CANCELED)
    outcome = AuditEvent.Outcome.SUCCESS if succeeded else AuditEvent.Outcome.FAILED
    return {"outcome": outcome, "result": run.result, "cause": run.cause}


def _record(action: str, run: SyncRun, actor: User | None, **metadata: Any) -> None:
    customer_id = run.profile.connection.customer_id
    event_record(action=action, actor=actor, target=run, customer_id=customer_id, profile=run.profile_id, **metadata)
