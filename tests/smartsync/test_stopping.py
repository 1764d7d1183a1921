"""A worker that must stop gives back its work at once, also while it waits for something."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from beanworks_connect.heartbeat import broker, silent_queues
from core.leases import LeasedRow
from core.queue import queue_length
from local.commands import COMMANDS
from smartsync.models import ListItem
from tests.support.processes import Running, wait_until
from tests.support.stack import Worker, drop_messages, on_own_database
from wizard.models import Verification
from wizard.services import verification_request

from .company import Company
from .test_verified_before import age
from .test_worker import start_sync

pytestmark = pytest.mark.django_db(transaction=True)
IN_TIME = 10.0
"""Seconds. It ends within five, and needed thirty or more before; a container is killed after ten."""


@pytest.fixture
def stopping(request: pytest.FixtureRequest, _worker: Worker, tmp_path: Path, company: Company) -> Iterator[Running]:
    """A worker as in production, with leases that last longer than the test."""
    _worker.stop()
    drop_messages()
    queue: str = request.param
    broker().delete(f"heartbeat:{queue}")
    environment = on_own_database() | {"LEASE_SECONDS": "300"}
    with Running("worker", COMMANDS[f"worker-{queue}"].split(), tmp_path, environment) as worker:
        worker.start()
        wait_until(lambda: queue not in silent_queues(), "the worker is ready")
        yield worker
        company.calm()


def stop(worker: Running) -> None:
    os.kill(worker.pid, signal.SIGTERM)
    wait_until(lambda: not worker.alive, "the worker has ended", patience=IN_TIME)


def assert_given_back(row: LeasedRow, queue: str) -> None:
    row.refresh_from_db()
    assert row.is_active
    assert (row.lease_until, row.failures) == (None, 0)
    assert queue_length(queue) == 1
    assert not broker().keys("intacct:*:slots")


@pytest.mark.parametrize("stopping", ["checks"], indirect=True)
def test_worker_that_waits_for_a_check_stops_at_once(company: Company, stopping: Running) -> None:
    company.control("fault", name="stalled")
    verification = verification_request(connection=company.profile.connection, actor=None)
    wait_until(company.held_up, "a request waits for its answer")

    stop(stopping)

    assert_given_back(verification, "checks")


@pytest.mark.parametrize("stopping", ["syncs"], indirect=True)
@pytest.mark.parametrize("answered", [0, 6])
def test_worker_within_a_sync_stops_at_once(company: Company, stopping: Running, answered: int) -> None:
    company.control("fault", name="stalled", after=answered)
    run = start_sync(company)
    wait_until(company.held_up, "a request waits for its answer")
    wait_until(lambda: not answered or ListItem.objects.exists(), "something is stored")

    stop(stopping)

    assert_given_back(run, "syncs")


@pytest.mark.parametrize("stopping", ["syncs"], indirect=True)
def test_verification_at_the_start_of_a_sync_is_given_back_with_it(company: Company, stopping: Running) -> None:
    """Otherwise no check of the company could start until the lease ends."""
    age(company)
    company.control("fault", name="stalled")
    run = start_sync(company)
    wait_until(company.held_up, "a request waits for its answer")

    stop(stopping)

    assert_given_back(run, "syncs")
    assert_given_back(Verification.objects.latest("pk"), "checks")
