"""Starting, canceling and retrying runs, also when two users or workers do it at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEvent
from smartsync.models import ListRun, SyncRun
from smartsync.services import default_since, list_retry, run_cancel, run_finish, run_start
from wizard.models import SyncProfile
from wizard.services import Refused


def create_ended_run(profile: SyncProfile, kind: str = "full", result: str = "complete") -> SyncRun:
    since = timezone.now() if kind == "partial" else None
    return SyncRun.objects.create(
        profile=profile, kind=kind, since=since, state="done", result=result, started_at=timezone.now()
    )


def test_first_sync_must_be_a_full_one(profile: SyncProfile, administrator: User) -> None:
    with pytest.raises(Refused, match="first sync must be a full sync"):
        run_start(profile=profile, kind="partial", actor=administrator)
    assert run_start(profile=profile, kind="full", actor=administrator).state == "queued"


def test_nothing_starts_before_the_profile_is_approved(profile: SyncProfile, administrator: User) -> None:
    SyncProfile.objects.filter(pk=profile.pk).update(state="requested")
    profile.refresh_from_db()
    with pytest.raises(Refused, match="approved"):
        run_start(profile=profile, kind="full", actor=administrator)


def test_partial_sync_reads_changes_since_the_last_success_started(profile: SyncProfile, administrator: User) -> None:
    success = create_ended_run(profile)
    create_ended_run(profile, "partial", "failed")
    assert run_start(profile=profile, kind="partial", actor=administrator).since == success.started_at


def test_incomplete_first_full_sync_allows_partial_syncs(profile: SyncProfile) -> None:
    assert default_since(profile) is None
    first = create_ended_run(profile, result="incomplete")
    assert default_since(profile) == first.started_at


def test_second_sync_is_refused_with_the_reason_while_one_is_active(profile: SyncProfile, administrator: User) -> None:
    run_start(profile=profile, kind="full", actor=administrator)
    with pytest.raises(Refused, match="already running"):
        run_start(profile=profile, kind="full", actor=administrator)


@pytest.mark.django_db(transaction=True)
def test_of_many_simultaneous_starts_exactly_one_succeeds(profile: SyncProfile, administrator: User) -> None:
    def attempt(_: int) -> bool:
        try:
            run_start(profile=profile, kind="full", actor=administrator)
        except Refused:
            return False
        finally:
            database.close()
        return True

    with ThreadPoolExecutor(8) as users:
        started = list(users.map(attempt, range(24)))
    assert sum(started) == 1
    assert SyncRun.objects.count() == 1
    assert AuditEvent.objects.filter(action="sync_run.started").count() == 1


def test_only_one_of_two_workers_claims_the_run(profile: SyncProfile, administrator: User) -> None:
    run = run_start(profile=profile, kind="full", actor=administrator)
    assert SyncRun.objects.claim(run.pk)
    assert SyncRun.objects.claim(run.pk) is None


def test_canceling_twice_is_recorded_once(profile: SyncProfile, administrator: User) -> None:
    run = run_start(profile=profile, kind="full", actor=administrator)
    run_cancel(run=run, actor=administrator)
    first = SyncRun.objects.get().cancel_requested_at
    run_cancel(run=run, actor=administrator)
    assert SyncRun.objects.get().cancel_requested_at == first
    assert AuditEvent.objects.filter(action="sync_run.cancel_requested").count() == 1


@pytest.mark.parametrize(
    ("states", "result"),
    [
        (["complete", "complete"], "complete"),
        (["complete", "not_applicable"], "complete"),
        (["complete", "refused"], "incomplete"),
        (["complete", "incomplete"], "incomplete"),
        (["refused", "failed"], "failed"),
        (["not_applicable"], "failed"),
    ],
)
def test_result_of_a_run_follows_from_its_lists(profile: SyncProfile, states: list[str], result: str) -> None:
    run = create_claimed_run(profile, states)
    run_finish(run=run)
    run.refresh_from_db()
    profile.refresh_from_db()
    assert (run.state, run.result) == ("done", result)
    assert (profile.first_synced_at is not None) == (result == "complete")


def test_only_a_failed_list_can_be_retried(profile: SyncProfile, administrator: User) -> None:
    run = create_claimed_run(profile, ["complete", "refused"])
    run_finish(run=run)
    good, bad = run.lists.all()
    with pytest.raises(Refused):
        list_retry(list_run=good, actor=administrator)
    list_retry(list_run=bad, actor=administrator)
    bad.refresh_from_db()
    run.refresh_from_db()
    assert (run.state, run.result, bad.state, bad.cause, bad.read) == ("queued", "", "queued", "", 0)


def test_retried_list_without_refused_fields_still_shows_them(profile: SyncProfile, administrator: User) -> None:
    run = create_claimed_run(profile, ["refused"])
    left_out = {"kind": "fields_left_out", "names": ["TERMNAME"]}
    run.lists.update(fields=["NAME"], warnings=[left_out, {"kind": "repeated", "number": 1}])
    run_finish(run=run)

    list_retry(list_run=run.lists.get(), actor=administrator)

    assert (run.lists.get().fields, run.lists.get().warnings) == (["NAME"], [left_out])


def test_list_of_an_older_run_cannot_be_retried(profile: SyncProfile, administrator: User) -> None:
    run = create_claimed_run(profile, ["refused"])
    run_finish(run=run)
    create_ended_run(profile)
    with pytest.raises(Refused):
        list_retry(list_run=run.lists.get(), actor=administrator)


def create_claimed_run(profile: SyncProfile, states: list[str]) -> SyncRun:
    """Create a run that a worker has claimed, with lists in these states."""
    queued = SyncRun.objects.create(profile=profile, kind="full")
    for position, state in enumerate(states):
        slug = ["vendors", "accounts", "bills"][position]
        counted = {"counted_before": 0, "counted_after": 0} if state == "complete" else {"cause": "permission_missing"}
        ListRun.objects.create(
            run=queued,
            position=position,
            slug=slug,
            object="VENDOR",
            title=slug,
            state=state,
            began_at=timezone.now() - timedelta(seconds=9),
            **counted,
        )
    run = SyncRun.objects.claim(queued.pk)
    assert run
    return run
