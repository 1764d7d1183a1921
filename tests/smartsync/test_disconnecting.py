"""A disconnect ends syncs without another request, and lists stay until they are removed."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEvent
from intacct.secret import Secret
from smartsync.models import Hold, ListItem, MissedRun, RecordStream, Schedule, SyncRun
from smartsync.services import ended_lists_remove, run_start, schedules_dispatch
from smartsync.services.removal import _remove_some
from smartsync.services.work import run_advance
from tests.support.processes import wait_until
from tests.support.stack import Worker
from wizard.models import Connection, StoredSecret, SyncProfile, Verification
from wizard.services import Refused, connection_disconnect, credentials_save
from wizard.services.verifications import verification_work

from .company import Company
from .conftest import PASSWORD
from .test_services import create_ended_run
from .test_worker import is_held_up, start_sync

LONG_AGO = timedelta(days=31)


def disconnect(profile: SyncProfile, actor: User) -> None:
    connection_disconnect(connection=profile.connection, actor=actor)
    profile.connection.refresh_from_db()


def add_records(profile: SyncProfile, number: int) -> None:
    now = timezone.now()
    ListItem.objects.bulk_create(
        ListItem(
            profile=profile,
            list="vendors",
            key=key,
            code=str(key),
            fields={},
            fingerprint=b"1",
            first_seen_at=now,
            changed_at=now,
            revision=key,
        )
        for key in range(1, number + 1)
    )
    RecordStream.objects.create(profile=profile, revision=number)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("answered", [0, 6])
def test_running_sync_ends_without_another_request(company: Company, worker: Worker, answered: int) -> None:
    company.control("fault", name="stalled", after=answered)
    run = start_sync(company)
    wait_until(lambda: is_held_up(company, run), "a request waits for its answer")

    disconnect(company.profile, company.actor)
    # A request counts when it is answered. One is not answered whose sender has hung up.
    requests = company.get("requests")
    sent = requests["count"] + requests["held_up"]
    company.calm()

    run.refresh_from_db()
    assert (run.state, run.result) == ("done", "canceled")
    assert not run.lists.unfinished().exists()
    wait_until(lambda: not company.get("requests")["working"], "no request is in progress")
    assert company.get("requests")["count"] <= sent
    run.refresh_from_db()
    assert run.result == "canceled"


@pytest.mark.django_db(transaction=True)
def test_sync_that_comes_too_late_ends_without_a_request(company: Company) -> None:
    run = run_start(profile=company.profile, kind="full", actor=company.actor)
    Connection.objects.update(disconnected_at=None)
    StoredSecret.objects.all().delete()
    Connection.objects.update(disconnected_at=timezone.now())

    run_advance(SyncRun.objects.claim_next(run.pk))  # type: ignore[arg-type]

    run.refresh_from_db()
    assert run.result == "canceled"
    assert company.get("requests")["count"] == 0
    with pytest.raises(Refused, match="disconnected"):
        run_start(profile=company.profile, kind="full", actor=company.actor)


@pytest.mark.django_db(transaction=True)
def test_records_continue_incrementally_after_a_reconnect(company: Company) -> None:
    Connection.objects.update(permission_model="role")
    company.sync("full")
    before = RecordStream.objects.get()
    disconnect(company.profile, company.actor)

    verification = credentials_save(
        connection=company.profile.connection,
        actor=company.actor,
        company_id=company.id,
        user_id="Beanworks",
        password=Secret(PASSWORD),
    )
    verification_work(Verification.objects.claim(verification.pk))  # type: ignore[arg-type]
    company.profile.refresh_from_db()
    run = company.sync("partial")

    after = RecordStream.objects.get()
    assert run.result == "complete"
    assert (after.forgotten, after.revision >= before.revision) == (before.forgotten, True)
    assert company.differences() == {}


@pytest.mark.django_db
def test_schedule_waits_without_missing_its_times(profile: SyncProfile, administrator: User) -> None:
    create_ended_run(profile)
    create_ended_run(profile, "partial")
    schedule = Schedule.objects.create(profile=profile, days=[*range(7)], at="06:00", time_zone="UTC")
    Schedule.objects.update(next_at=timezone.now())
    disconnect(profile, administrator)

    schedules_dispatch()

    schedule.refresh_from_db()
    assert not MissedRun.objects.exists()
    assert not SyncRun.objects.active().exists()
    assert schedule.next_at
    assert schedule.next_at > timezone.now()
    assert Schedule.objects.next_of([profile]) == {}

    Connection.objects.update(disconnected_at=None)
    Schedule.objects.update(next_at=timezone.now())
    schedules_dispatch()
    assert SyncRun.objects.active().count() == 1


@pytest.mark.django_db
def test_lists_are_removed_when_their_time_is_over(
    profile: SyncProfile, other_profile: SyncProfile, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartsync.services.removal.BATCH", 2)
    add_records(profile, 5)
    Hold.objects.create(profile=profile, list="vendors", missing=1, inactive=0, total=5, found_at=timezone.now())
    disconnect(profile, administrator)
    ended_lists_remove()
    assert ListItem.objects.count() == 5

    Connection.objects.update(disconnected_at=timezone.now() - LONG_AGO)
    ended_lists_remove()

    profile.refresh_from_db()
    assert (profile.state, profile.lists_removed_at is not None, profile.ended_by) == ("revoked", True, None)
    assert not ListItem.objects.filter(profile=profile).exists()
    assert not Hold.objects.exists()
    stream = RecordStream.objects.get(profile=profile)
    assert stream.forgotten == stream.revision == 5
    actions = AuditEvent.objects.filter(target_type="syncprofile", target_id=profile.pk).values_list(
        "action", flat=True
    )
    assert {"profile.expired", "list.removed"} <= set(actions)
    ended_lists_remove()
    assert AuditEvent.objects.filter(action="list.removed", target_id=profile.pk).count() == 1


class Killed(BaseException):
    """What a killed worker does not catch."""


def kill_at(number: int) -> Callable[..., Any]:
    """Return a wrapper of statements that kills the worker at a statement that writes."""
    writes = count(1)

    def execute(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith(("DELETE", "UPDATE", "INSERT")) and next(writes) == number:
            raise Killed
        return execute(sql, *rest)

    return execute


@pytest.mark.django_db
def test_removal_that_is_killed_at_any_statement_goes_on(
    profile: SyncProfile, other_profile: SyncProfile, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartsync.services.removal.BATCH", 2)
    for synced in (profile, other_profile):
        add_records(synced, 5)
    disconnect(profile, administrator)
    Connection.objects.update(disconnected_at=timezone.now() - LONG_AGO)
    SyncProfile.objects.filter(pk=other_profile.pk).update(state="withdrawn")

    for number in range(1, 12):
        with database.execute_wrapper(kill_at(number)), suppress(Killed):
            ended_lists_remove()

    ended_lists_remove()

    profile.refresh_from_db()
    assert profile.lists_removed_at
    assert ListItem.objects.filter(profile=profile).count() == 0
    assert ListItem.objects.filter(profile=other_profile).count() == 5
    assert AuditEvent.objects.filter(action__in=["profile.expired", "list.removed"]).count() == 2


@pytest.mark.django_db
def test_profile_whose_removal_has_begun_cannot_come_back(
    profile: SyncProfile, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartsync.services.removal.BATCH", 2)
    add_records(profile, 5)
    disconnect(profile, administrator)
    Connection.objects.update(disconnected_at=timezone.now() - LONG_AGO)
    _remove_some(profile.pk)
    Connection.objects.update(disconnected_at=None)
    ended_lists_remove()

    profile.refresh_from_db()
    assert profile.state == "revoked"
    assert not ListItem.objects.exists()
