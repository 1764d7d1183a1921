"""Runs in a real worker that is killed, gets a message twice, or competes with another worker."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from core.leases import LeasedRow, State
from core.queue import publish
from smartsync.models import ListItem, ListRun, SyncRun
from smartsync.services import run_cancel, run_start
from smartsync.services.work import run_advance
from tests.support.postgresql import is_lock_awaited
from tests.support.processes import wait_until
from tests.support.stack import Worker
from wizard.models import Connection

from .company import Company

pytestmark = pytest.mark.django_db(transaction=True)


def start_sync(company: Company) -> SyncRun:
    return run_start(profile=company.profile, kind="full", actor=company.actor)


def free(run: SyncRun) -> None:
    """End the lease of a killed worker, which would expire by itself later."""
    SyncRun.objects.filter(pk=run.pk).update(lease_until=timezone.now())


def is_done(run: LeasedRow) -> bool:
    run.refresh_from_db()
    return not run.is_active


def is_held_up(company: Company, run: SyncRun) -> bool:
    """Whether a request of this run is stalled. A late request of an earlier test does not count."""
    run.refresh_from_db()
    return run.state == State.RUNNING and company.held_up() > 0


def assert_in_step(company: Company, run: SyncRun) -> None:
    """The run is complete, all counts are right, and every record exists once and equals Intacct's."""
    run.refresh_from_db()
    assert (run.result, run.cause) == (SyncRun.Result.COMPLETE, "")
    assert dict(run.lists.values_list("slug", "read")) == company.counts()
    assert company.differences() == {}


def test_worker_does_a_run_from_its_message(company: Company, worker: Worker) -> None:
    run = start_sync(company)
    wait_until(lambda: is_done(run), "the run is done")
    assert_in_step(company, run)


def test_worker_does_a_run_when_intacct_is_busy_at_its_sign_in(company: Company, worker: Worker) -> None:
    company.control("fault", name="rate-limit", calls=1)
    run = start_sync(company)
    wait_until(lambda: is_done(run), "the run is done")
    assert_in_step(company, run)


@pytest.mark.parametrize("answered", [0, 2, 5])
def test_killed_worker_loses_and_duplicates_no_record(company: Company, worker: Worker, answered: int) -> None:
    """The worker is killed during a request: the sign-in, the plan, or one of the pages."""
    company.control("fault", name="stalled", after=answered)
    run = start_sync(company)
    wait_until(lambda: is_held_up(company, run), "a request is on its way")
    worker.kill9()
    assert not is_done(run)
    company.calm()
    company.free_slots()
    free(run)
    worker.start()
    wait_until(lambda: is_done(run), "the run is done")
    assert run.attempts > 1
    assert_in_step(company, run)


def test_worker_that_hangs_within_a_transaction_loses_its_locks(company: Company, worker: Worker) -> None:
    worker.rest()
    run = start_sync(company)
    with psycopg.connect(**database.get_connection_params()) as other:
        other.execute("SELECT 1 FROM smartsync_syncrun WHERE id = %s FOR UPDATE", [run.pk])
        worker.wake()
        wait_until(is_lock_awaited, "the worker waits for the run, with the lock of the connection")
        worker.rest()
    with transaction.atomic():
        database.cursor().execute("SET LOCAL lock_timeout = '60s'")
        Connection.objects.select_for_update().get(pk=company.profile.connection_id)
    worker.wake()
    wait_until(lambda: is_done(run), "the run is done")
    assert_in_step(company, run)


def test_message_delivered_three_times_changes_nothing(company: Company, worker: Worker) -> None:
    run = start_sync(company)
    publish(SyncRun.task, run.pk)
    publish(SyncRun.task, run.pk)
    wait_until(lambda: is_done(run), "the run is done")
    assert run.attempts == 1
    assert_in_step(company, run)


def test_run_whose_message_was_lost_is_found_by_the_sweeper(company: Company, worker: Worker) -> None:
    run = SyncRun.objects.create(profile=company.profile, kind="full", requested_by=company.actor)
    wait_until(lambda: is_done(run), "the run is done")
    assert_in_step(company, run)


def test_worker_that_lost_its_lease_writes_nothing(company: Company) -> None:
    run = start_sync(company)
    slow = SyncRun.objects.claim(run.pk)
    SyncRun.objects.filter(pk=run.pk).update(lease_until=run.created_at)
    quick = SyncRun.objects.claim(run.pk)
    assert slow
    assert quick
    run_advance(slow)
    assert not ListRun.objects.filter(run=run).exists()
    run_advance(quick)
    assert_in_step(company, run)


def test_run_with_messages_to_two_workers_is_done_once(company: Company) -> None:
    run = start_sync(company)

    def race(_: int) -> bool:
        try:
            held = SyncRun.objects.claim(run.pk)
            if held:
                run_advance(held)
            return held is not None
        finally:
            database.close()

    with ThreadPoolExecutor(4) as workers:
        assert sum(workers.map(race, range(4))) == 1
    assert_in_step(company, run)


def test_canceling_stops_a_worker_within_seconds_and_keeps_stored_records(company: Company, worker: Worker) -> None:
    company.control("fault", name="slow", after=4)
    run = start_sync(company)
    wait_until(lambda: ListItem.objects.exists(), "something is stored")
    run_cancel(run=run, actor=company.actor)
    wait_until(lambda: is_done(run), "the run has stopped", patience=5)
    assert run.result == SyncRun.Result.CANCELED
    assert ListItem.objects.exists()
