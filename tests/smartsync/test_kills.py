"""A worker is killed or cut off from the database at every step of writing: the result is always what Intacct has.

A lock in PostgreSQL stops the worker at each step, so that it is exactly there when it is killed.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from audit.models import AuditEvent
from beanworks_connect.heartbeat import broker
from smartsync.models import ItemChange, ListItem, ListRun, SyncRun
from tests.support.processes import wait_until
from tests.support.stack import Worker

from .company import Company
from .test_worker import assert_in_step, free, is_done, is_held_up, start_sync

pytestmark = pytest.mark.django_db(transaction=True)

TABLE = "LOCK TABLE {} IN SHARE MODE"
TRAPS = """
    CREATE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER hold_up AFTER INSERT ON smartsync_listitem
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold_up();
    CREATE FUNCTION hold_up_end() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_advisory_xact_lock_shared(2); RETURN NULL; END';
    CREATE TRIGGER hold_up_end AFTER UPDATE ON smartsync_listitem
        FOR EACH ROW WHEN (NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION hold_up_end();
    CREATE FUNCTION hold_up_copy() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_advisory_xact_lock_shared(3); RETURN NEW; END';
    CREATE FUNCTION set_trap() RETURNS event_trigger LANGUAGE plpgsql AS
        'BEGIN IF to_regclass(''pg_temp.page'') IS NOT NULL THEN CREATE OR REPLACE TRIGGER hold_up_copy
            BEFORE INSERT ON pg_temp.page FOR EACH ROW WHEN (NEW.key % 7 = 0) EXECUTE FUNCTION hold_up_copy();
        END IF; END';
    CREATE EVENT TRIGGER set_trap ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION set_trap()
"""
# What the worker is about to do, and the lock that stops it before.
STEPS = {
    "plan": TABLE.format(ListRun._meta.db_table),
    "copy the rest of a page": "SELECT pg_advisory_xact_lock(3)",
    "merge a page": TABLE.format(ListItem._meta.db_table),
    "commit a page": "SELECT pg_advisory_xact_lock(1)",
    "mark as gone": "SELECT pg_advisory_xact_lock(2)",
    "note a change": TABLE.format(ItemChange._meta.db_table),
    "finish": TABLE.format(AuditEvent._meta.db_table),
}
WAITING = "pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0 AND datname = current_database()"
# Counted for one backend: the thread that renews the lease waits too, for the worker's own open transaction.
BLOCKED_BY = "SELECT count(*) FROM pg_stat_activity WHERE {} = ANY(pg_blocking_pids(pid))"
# Returns once the backend has ended, or after 10 s.
CUT_OFF = f"SELECT count(pg_terminate_backend(pid, 10000)) FROM {WAITING}"


@pytest.fixture
def trap(transactional_db: None) -> Iterator[None]:
    """Make commits of list items, the marking of deleted ones and COPY wait for locks that tests can hold.

    COPY writes to a temporary table of the worker, so its trigger is created when the worker creates the table.
    """
    execute(TRAPS)
    yield
    execute("DROP FUNCTION set_trap, hold_up, hold_up_end, hold_up_copy CASCADE")


def execute(statement: str, by: BaseDatabaseWrapper = connection) -> int:
    with by.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0] or 0) if cursor.description else 0


@contextmanager
def held_up(step: str, company: Company) -> Iterator[SyncRun]:
    """Start a run whose worker waits just before `step` until the block ends."""
    holder = connection.copy()
    company.control("fault", name="stalled")
    run = start_sync(company)
    try:
        # Starting the run writes an audit event. The worker waits for its first reply until this test has the lock.
        holder.set_autocommit(False)
        execute(STEPS[step], holder)
        blocked = BLOCKED_BY.format(execute("SELECT pg_backend_pid()", holder))
        company.calm()
        wait_until(lambda: execute(blocked), f"the worker is about to {step}")
        yield run
    finally:
        holder.close()


def change_company(company: Company) -> None:
    """Add, change and delete records for the run that will be interrupted."""
    company.sync("full")
    company.control("week")


@pytest.mark.parametrize("step", STEPS)
def test_run_completes_after_a_worker_is_killed_at_any_step_of_writing(
    company: Company, worker: Worker, trap: None, step: str
) -> None:
    change_company(company)
    with held_up(step, company) as run:
        worker.kill9()
    free(run)
    company.free_slots()
    worker.start()
    wait_until(lambda: is_done(run), "the run is done")
    assert run.attempts > 1
    assert_in_step(company, run)


def test_run_of_a_killed_worker_resumes_within_a_minute_after_its_lease(
    company: Company, worker: Worker, trap: None
) -> None:
    """The lease expires by itself. Only the gateway slots of the killed worker are freed."""
    change_company(company)
    with held_up("commit a page", company) as run:
        worker.kill9()
    company.free_slots()
    run.refresh_from_db()
    lease_until = run.lease_until
    assert lease_until
    worker.start()
    wait_until(lambda: is_done(run) or run.attempts > 1, "another worker has claimed it")
    again_after = (timezone.now() - lease_until).total_seconds()
    assert 0 < again_after < 60
    wait_until(lambda: is_done(run), "the run is done")
    assert_in_step(company, run)


@pytest.mark.parametrize("step", ["copy the rest of a page", "merge a page", "commit a page"])
def test_run_completes_after_a_worker_is_cut_off_from_the_database(
    company: Company, worker: Worker, trap: None, step: str
) -> None:
    change_company(company)
    with held_up(step, company) as run:
        execute(CUT_OFF)
    wait_until(lambda: is_done(run), "the run is done")
    assert run.attempts > 1
    assert_in_step(company, run)


def test_run_completes_after_the_broker_loses_all_messages(company: Company, worker: Worker) -> None:
    company.control("fault", name="stalled", after=3)
    run = start_sync(company)
    wait_until(lambda: is_held_up(company, run), "a request is in progress")
    worker.kill9()
    company.calm()
    broker().flushdb()
    free(run)
    worker.start()
    wait_until(lambda: is_done(run), "the run is done")
    assert_in_step(company, run)
