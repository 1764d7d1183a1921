"""No customer waits for another customer's long, many or stalled syncs."""

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection as database
from django.utils import timezone

from accounts.models import Customer, OrgUnit
from beanworks_connect.heartbeat import broker, silent_queues
from core.leases import LeasedRow, State
from core.queue import LATER, publish, queue_keys
from core.queue_states import QUEUES
from intacct.secret import Secret
from local.commands import COMMANDS
from smartsync import tasks
from smartsync.models import SyncRun
from smartsync.services import run_cancel, run_start, schedules_dispatch
from tests.support.processes import Running, wait_until
from tests.support.stack import Practice, Worker, drop_messages, on_own_database
from wizard.models import Connection, SyncProfile, Verification
from wizard.services import monitoring, monitoring_dispatch, verification_request
from wizard.services.sessions import DEADLINES
from wizard.verification.secrets import secret_store

from .company import Company
from .conftest import create_profile
from .test_bad_rows import due_schedule
from .test_services import create_ended_run
from .test_worker import is_done, start_sync

pytestmark = pytest.mark.django_db(transaction=True)

SWEEP_SECONDS = 30  # by default; in tests the sweepers hurry


def queued_runs() -> list[int]:
    """The runs for which messages are queued, the next one first."""
    messages = [message for key in queue_keys("syncs") for message in reversed(broker().lrange(key, 0, -1))]
    waiting = map(json.loads, messages)
    return [json.loads(base64.b64decode(message["body"]))[0][0] for message in waiting]


def profile_at(company_id: str) -> SyncProfile:
    """A profile of another customer, connected to a practice company that was set up as the guide says."""
    customer = Customer.objects.create(name=company_id)
    connection = Connection.objects.create(
        customer=customer, company_id=company_id, user_id="Beanworks", credentials_saved_at=timezone.now(), level="top"
    )
    secret_store(connection=connection, field="password", secret=Secret("practice-password"))
    return create_profile(connection, OrgUnit.objects.create(customer=customer, name="Root"), company_id)


def start_sync_of(profile: SyncProfile) -> SyncRun:
    return run_start(profile=profile, kind="full", actor=None)


@pytest.fixture
def neighbor(company: Company) -> SyncProfile:
    return profile_at("JUNIPER-CO")


def test_long_sync_lets_other_syncs_continue(
    company: Company, neighbor: SyncProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartsync.engine.pipeline.WORK_SECONDS", 0.01)
    long, other = start_sync(company), start_sync_of(neighbor)
    drop_messages()
    publish(SyncRun.task, other.pk)
    tasks.sync_run(long.pk)
    assert not is_done(long)
    assert long.lease_until is None
    assert queued_runs() == [other.pk, long.pk]


def test_run_that_a_user_starts_is_before_scheduled_runs(company: Company, neighbor: SyncProfile) -> None:
    create_ended_run(company.profile)
    due_schedule(company.profile)
    drop_messages()
    schedules_dispatch()
    scheduled = SyncRun.objects.active().get()
    started = start_sync_of(neighbor)
    assert queued_runs() == [started.pk, scheduled.pk]

    drop_messages()
    tasks.sweep()
    assert queued_runs() == [started.pk, scheduled.pk]


def test_next_part_of_a_run_is_behind_scheduled_runs(
    company: Company, neighbor: SyncProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user who waits for it sees its progress. Many long runs would keep all workers from scheduled ones."""
    monkeypatch.setattr("smartsync.engine.pipeline.WORK_SECONDS", 0.01)
    long = start_sync(company)
    drop_messages()
    publish(SyncRun.task, 0, priority=LATER)
    tasks.sync_run(long.pk)
    assert queued_runs() == [0, long.pk]


def test_only_one_run_of_a_company_is_worked_on_at_a_time(company: Company, other_profile: SyncProfile) -> None:
    """Two would share the two requests that Intacct accepts at once, and keep two workers from other companies."""
    first, second = start_sync(company), start_sync_of(other_profile)
    claimed = SyncRun.objects.claim(first.pk)
    assert claimed
    tasks.sync_run(second.pk)
    second.refresh_from_db()
    assert second.attempts == 0
    claimed.release()
    drop_messages()
    tasks.sync_run(first.pk)
    assert is_done(first)
    assert queued_runs() == [second.pk]


def test_company_id_in_another_case_is_the_same_company(company: Company, neighbor: SyncProfile) -> None:
    same = company.profile.connection.company_id.lower()
    Connection.objects.filter(pk=neighbor.connection_id).update(company_id=same)
    first, second = start_sync(company), start_sync_of(neighbor)

    claimed = SyncRun.objects.claim_next(first.pk)

    assert claimed
    assert SyncRun.objects.claim_next(second.pk) is None
    assert second not in SyncRun.objects.ready()
    assert SyncRun.objects.next_of_company(claimed) == second


def test_only_one_of_two_runs_claimed_at_once_is_claimed(company: Company, other_profile: SyncProfile) -> None:
    """A worker that claims a run while another worker claims one waits for it."""
    runs = [start_sync(company).pk, start_sync_of(other_profile).pk]

    def claim(pk: int) -> bool:
        try:
            return SyncRun.objects.claim_next(pk) is not None
        finally:
            database.close()

    with ThreadPoolExecutor(2) as workers:
        for _ in range(20):
            assert sum(workers.map(claim, runs)) == 1
            SyncRun.objects.update(lease_until=None, lease_token=None)


def test_canceled_run_does_not_wait_for_other_runs_of_its_company(company: Company, other_profile: SyncProfile) -> None:
    first, second = start_sync(company), start_sync_of(other_profile)
    SyncRun.objects.claim(first.pk)
    run_cancel(run=second, actor=company.actor)
    tasks.sync_run(second.pk)
    assert is_done(second)


def test_customer_whose_syncs_all_stall_delays_no_other(
    company: Company, worker: Worker, other_profile: SyncProfile, neighbor: SyncProfile
) -> None:
    company.control("fault", name="stalled")
    stalled = [start_sync(company), start_sync_of(other_profile)]
    wait_until(company.held_up, "a request is stalled")
    other = start_sync_of(neighbor)
    wait_until(lambda: is_done(other), "the neighbor's sync is done")
    assert not any(is_done(run) for run in stalled)
    company.calm()
    wait_until(lambda: all(is_done(run) for run in stalled), "the others are done too")


@pytest.fixture
def workers(_worker: Worker, tmp_path: Path, transactional_db: None) -> Iterator[None]:
    """The workers as in production."""
    _worker.stop()
    drop_messages()
    broker().delete(*(f"heartbeat:{queue}" for queue in QUEUES))
    with ExitStack() as stack:
        for name in COMMANDS:
            if name.startswith("worker-"):
                running = stack.enter_context(Running(name, COMMANDS[name].split(), tmp_path, on_own_database()))
                running.start()
        wait_until(lambda: not silent_queues(), "the workers are ready")
        yield


def test_twenty_stalled_companies_delay_no_other(practice: Practice, workers: None) -> None:
    """Their checks and syncs stall, while another company's check and sync start and end."""
    stalled = [profile_at(f"STALLED-{number}") for number in range(20)]
    for profile in stalled:
        company_id = profile.connection.company_id
        practice.control("companies", id=company_id, scale=40)
        practice.control(f"companies/{company_id}/fault", name="stalled")
    checks = [verification_request(connection=profile.connection, actor=None) for profile in stalled]
    runs = [start_sync_of(profile) for profile in stalled]
    work: list[LeasedRow] = [*checks, *runs]
    wait_until(lambda: all(is_running(row) for row in work), "all work waits for a reply")

    other = profile_at("JUNIPER-CO")
    check = verification_request(connection=other.connection, actor=None)
    wait_until(lambda: is_done(check), "the other company's check is done")
    run = start_sync_of(other)
    wait_until(lambda: is_done(run), "the other company's sync is done")

    assert all(is_running(row) for row in work)
    for profile in stalled:
        practice.control(f"companies/{profile.connection.company_id}/fault", "DELETE")


def is_running(row: LeasedRow) -> bool:
    row.refresh_from_db()
    return row.state == State.RUNNING and row.lease_until is not None


def test_three_checks_of_one_company_use_two_workers(company: Company) -> None:
    """Intacct answers a company two requests at a time, so a third would keep a thread from another company."""
    connection = company.profile.connection
    copies = [Connection.objects.create(customer=Customer.objects.create(name=name)) for name in "ab"]
    # One company for Intacct, which ignores the case of a company ID.
    Connection.objects.filter(pk__in=[copy.pk for copy in copies]).update(company_id=connection.company_id.lower())
    checks = [Verification.objects.create(connection=row) for row in (connection, *copies)]

    assert [Verification.objects.claim_next(check.pk) is not None for check in checks] == [True, True, False]


def test_daily_checks_leave_threads_for_users(company: Company) -> None:
    """After an outage thousands are due at once, and each may stall until its deadline."""
    profiles = [profile_at(f"DUE-{number}") for number in range(monitoring.BATCH + 1)]
    due = timezone.now() - timedelta(hours=1)
    Connection.objects.filter(profiles__in=profiles).update(next_check_at=due)
    Connection.objects.filter(profiles=profiles[0]).update(next_check_at=due + timedelta(minutes=1))

    monitoring_dispatch()

    waiting = {*Verification.objects.active().values_list("connection", flat=True)}
    assert waiting == {profile.connection_id for profile in profiles[1:]}
    threads = int(COMMANDS["worker-checks"].rpartition(" ")[2])
    assert monitoring.BATCH * DEADLINES["check"] / SWEEP_SECONDS < threads


def test_periodic_tasks_wait_behind_no_other_task() -> None:
    periodic = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    routed = {name: tasks.sync_run.app.amqp.router.route({}, name) for name in periodic}

    assert {route["queue"].name for route in routed.values()} == {"periodic"}


def test_sweeper_sends_lost_messages_again_and_no_others(company: Company, neighbor: SyncProfile) -> None:
    drop_messages()
    start_sync(company)
    start_sync_of(neighbor)
    for _ in range(3):
        tasks.sweep()
    assert len(queued_runs()) == 2
    drop_messages()
    tasks.sweep()
    assert len(queued_runs()) == 2
