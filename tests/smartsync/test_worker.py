"""Runs in a real worker that is killed, told twice, and raced."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection as database
from django.utils import timezone

from leases import LeasedRow, State
from smartsync.engine import run_advance
from smartsync.models import ListItem, ListRun, SyncRun
from smartsync.queue import publish
from smartsync.services import run_cancel, run_start
from tests.support.processes import wait_until
from tests.support.stack import Worker

from .company import Company

pytestmark = pytest.mark.django_db(transaction=True)


def started(company: Company) -> SyncRun:
    return run_start(profile=company.profile, kind="full", actor=company.actor)


def free(run: SyncRun) -> None:
    """A killed worker's lease runs out by itself; this saves the wait."""
    SyncRun.objects.filter(pk=run.pk).update(lease_until=timezone.now())


def is_done(run: LeasedRow) -> bool:
    run.refresh_from_db()
    return not run.is_active


def is_held_up(company: Company, run: SyncRun) -> bool:
    """Its own request: one that an earlier test left behind may come as well."""
    run.refresh_from_db()
    return run.state == State.RUNNING and company.held_up() > 0


def assert_in_step(company: Company, run: SyncRun) -> None:
    """Complete, each list counted right, and every record once and as Intacct has it."""
    run.refresh_from_db()
    assert (run.result, run.cause) == (SyncRun.Result.COMPLETE, "")
    assert dict(run.lists.values_list("slug", "read")) == company.counts()
    assert company.differences() == {}


def test_a_worker_does_a_run_from_its_message(company: Company, worker: Worker) -> None:
    run = started(company)
    wait_until(lambda: is_done(run), "the run is done")
    assert_in_step(company, run)


def test_a_worker_does_a_run_though_intacct_has_no_place_for_its_sign_in(company: Company, worker: Worker) -> None:
    company.control("fault", name="rate-limit", calls=1)
    run = started(company)
    wait_until(lambda: is_done(run), "the run is done")
    assert_in_step(company, run)


@pytest.mark.parametrize("answered", [0, 2, 5])
def test_a_worker_killed_in_the_middle_loses_nothing_and_doubles_nothing(
    company: Company, worker: Worker, answered: int
) -> None:
    """Killed while a request is on its way: the sign-in, the plan, and the pages after."""
    company.control("fault", name="stalled", after=answered)
    run = started(company)
    wait_until(lambda: is_held_up(company, run), "a request is on its way")
    worker.kill9()
    assert not is_done(run)
    company.calm()
    company.free_places()
    free(run)
    worker.start()
    wait_until(lambda: is_done(run), "the run is done")
    assert run.attempts > 1
    assert_in_step(company, run)


def test_a_message_delivered_three_times_changes_nothing(company: Company, worker: Worker) -> None:
    run = started(company)
    publish(run.pk)
    publish(run.pk)
    wait_until(lambda: is_done(run), "the run is done")
    assert run.attempts == 1
    assert_in_step(company, run)


def test_a_run_whose_message_was_lost_is_found_by_the_sweeper(company: Company, worker: Worker) -> None:
    run = SyncRun.objects.create(profile=company.profile, kind="full", requested_by=company.actor)
    wait_until(lambda: is_done(run), "the run is done")
    assert_in_step(company, run)


def test_a_worker_that_lost_its_lease_writes_nothing_more(company: Company) -> None:
    run = started(company)
    slow = SyncRun.objects.claim(run.pk)
    SyncRun.objects.filter(pk=run.pk).update(lease_until=run.created_at)
    quick = SyncRun.objects.claim(run.pk)
    assert slow
    assert quick
    run_advance(slow)
    assert not ListRun.objects.filter(run=run).exists()
    run_advance(quick)
    assert_in_step(company, run)


def test_two_workers_that_race_for_a_run_do_it_once(company: Company) -> None:
    run = started(company)

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


def test_cancelling_stops_a_worker_within_seconds_and_keeps_what_came(company: Company, worker: Worker) -> None:
    company.control("fault", name="slow", after=4)
    run = started(company)
    wait_until(lambda: ListItem.objects.exists(), "something is stored")
    run_cancel(run=run, actor=company.actor)
    wait_until(lambda: is_done(run), "the run has stopped", patience=5)
    assert run.result == SyncRun.Result.CANCELLED
    assert ListItem.objects.exists()
