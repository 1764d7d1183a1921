"""Nobody waits for somebody else's long, many or hanging syncs."""

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection as database
from django.utils import timezone

from accounts.models import Customer, OrgUnit
from beanworks_connect.heartbeat import QUEUES, broker, silent_queues
from intacct.secret import Secret
from leases import LeasedRow, State
from local.commands import COMMANDS
from smartsync import tasks
from smartsync.models import SyncRun
from smartsync.queue import publish
from smartsync.services import run_cancel, run_start
from tests.support.processes import Running, wait_until
from tests.support.stack import Practice, Worker, drop_messages, on_own_database
from wizard.models import Connection, SyncProfile, Verification
from wizard.secrets import secret_store
from wizard.services import verification_request

from .company import Company
from .conftest import approved
from .test_worker import is_done, started

pytestmark = pytest.mark.django_db(transaction=True)


def queued() -> list[int]:
    """The runs that messages wait for, the next one first."""
    waiting = [json.loads(message) for message in reversed(broker().lrange("syncs", 0, -1))]
    return [json.loads(base64.b64decode(each["body"]))[0][0] for each in waiting]


def profile_at(company_id: str) -> SyncProfile:
    """Another customer's, at one of the practice companies where the guide was followed."""
    customer = Customer.objects.create(name=company_id)
    connection = Connection.objects.create(
        customer=customer, company_id=company_id, user_id="Beanworks", credentials_at=timezone.now(), level="top"
    )
    secret_store(connection=connection, field="password", secret=Secret("practice-password"))
    return approved(connection, OrgUnit.objects.create(customer=customer, name="Root"), company_id)


def begun(profile: SyncProfile) -> SyncRun:
    return run_start(profile=profile, kind="full", actor=None)


@pytest.fixture
def neighbour(company: Company) -> SyncProfile:
    return profile_at("JUNIPER-CO")


def test_a_long_sync_gives_way_to_whoever_waits(
    company: Company, neighbour: SyncProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartsync.turn.TURN", 0.01)
    long, other = started(company), begun(neighbour)
    drop_messages()
    publish(other.pk)
    tasks.sync_run(long.pk)
    assert not is_done(long)
    assert long.lease_until is None
    assert queued() == [other.pk, long.pk]


def test_of_one_company_one_run_at_a_time_has_its_turn(company: Company, other_profile: SyncProfile) -> None:
    """Two would share the company's two places at the gateway, and keep two workers from everybody else."""
    first, second = started(company), begun(other_profile)
    held = SyncRun.objects.claim(first.pk)
    assert held
    tasks.sync_run(second.pk)
    second.refresh_from_db()
    assert second.attempts == 0
    held.release()
    drop_messages()
    tasks.sync_run(first.pk)
    assert is_done(first)
    assert queued() == [second.pk]


def test_a_company_id_in_another_case_is_the_same_company(company: Company, neighbour: SyncProfile) -> None:
    same = company.profile.connection.company_id.lower()
    Connection.objects.filter(pk=neighbour.connection_id).update(company_id=same)
    first, second = started(company), begun(neighbour)

    held = SyncRun.objects.claim_turn(first.pk)

    assert held
    assert SyncRun.objects.claim_turn(second.pk) is None
    assert SyncRun.objects.next_of_company(held) == second


def test_of_runs_of_one_company_begun_at_once_one_has_its_turn(company: Company, other_profile: SyncProfile) -> None:
    """Whoever asks while another is in between asking and taking waits for it."""
    runs = [started(company).pk, begun(other_profile).pk]

    def take(pk: int) -> bool:
        try:
            return SyncRun.objects.claim_turn(pk) is not None
        finally:
            database.close()

    with ThreadPoolExecutor(2) as workers:
        for _ in range(20):
            assert sum(workers.map(take, runs)) == 1
            SyncRun.objects.update(lease_until=None, lease_token=None)


def test_a_cancelled_run_does_not_wait_for_its_companys_other_runs(
    company: Company, other_profile: SyncProfile
) -> None:
    first, second = started(company), begun(other_profile)
    SyncRun.objects.claim(first.pk)
    run_cancel(run=second, actor=company.actor)
    tasks.sync_run(second.pk)
    assert is_done(second)


def test_a_customer_whose_syncs_all_hang_holds_up_no_other(
    company: Company, worker: Worker, other_profile: SyncProfile, neighbour: SyncProfile
) -> None:
    company.control("fault", name="stalled")
    hanging = [started(company), begun(other_profile)]
    wait_until(company.held_up, "a request hangs")
    other = begun(neighbour)
    wait_until(lambda: is_done(other), "the neighbour's sync is done")
    assert not any(is_done(each) for each in hanging)
    company.calm()
    wait_until(lambda: all(is_done(each) for each in hanging), "the others are done too")


@pytest.fixture
def workers(_worker: Worker, tmp_path: Path, transactional_db: None) -> Iterator[None]:
    """Those of the product, as it is served."""
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


def test_twenty_companies_that_stall_hold_up_no_other(practice: Practice, workers: None) -> None:
    """Each while it is checked and synced: another company's check and sync begin and end all the same."""
    stalled = [profile_at(f"STALLED-{number}") for number in range(20)]
    for profile in stalled:
        company_id = profile.connection.company_id
        practice.control("companies", id=company_id, scale=40)
        practice.control(f"companies/{company_id}/fault", name="stalled")
    checks = [verification_request(connection=profile.connection, actor=None) for profile in stalled]
    runs = [begun(profile) for profile in stalled]
    work: list[LeasedRow] = [*checks, *runs]
    wait_until(lambda: all(is_running(row) for row in work), "all of it waits for an answer")

    other = profile_at("JUNIPER-CO")
    check = verification_request(connection=other.connection, actor=None)
    wait_until(lambda: is_done(check), "the other company's check is done")
    run = begun(other)
    wait_until(lambda: is_done(run), "the other company's sync is done")

    assert all(is_running(row) for row in work)
    for profile in stalled:
        practice.control(f"companies/{profile.connection.company_id}/fault", "DELETE")


def is_running(row: LeasedRow) -> bool:
    row.refresh_from_db()
    return row.state == State.RUNNING and row.lease_until is not None


def test_three_checks_of_one_company_take_two_places(company: Company) -> None:
    """Intacct answers it two requests at a time, so the third would keep a thread from another company."""
    connection = company.profile.connection
    copies = [Connection.objects.create(customer=Customer.objects.create(name=name)) for name in "ab"]
    # Intacct takes them for one: the case of a company ID does not matter.
    Connection.objects.filter(pk__in=[copy.pk for copy in copies]).update(company_id=connection.company_id.lower())
    checks = [Verification.objects.create(connection=each) for each in (connection, *copies)]

    assert [Verification.objects.claim_turn(check.pk) is not None for check in checks] == [True, True, False]


def test_what_beat_asks_for_waits_behind_nothing_else() -> None:
    periodic = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    routed = {name: tasks.sync_run.app.amqp.router.route({}, name) for name in periodic}

    assert {route["queue"].name for route in routed.values()} == {"periodic"}


def test_the_sweeper_sends_again_what_was_lost_and_no_more(company: Company, neighbour: SyncProfile) -> None:
    drop_messages()
    started(company)
    begun(neighbour)
    for _ in range(3):
        tasks.sweep()
    assert len(queued()) == 2
    drop_messages()
    tasks.sweep()
    assert len(queued()) == 2
