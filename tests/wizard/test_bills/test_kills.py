"""The worker, the gateway or the web server is killed at every point of a test bill: there is at most one bill.

A trigger stops the worker just before it commits a phase, so that it is exactly there when it is killed.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import Barrier

import pytest
import requests
from django.db import connection
from django.test import Client

from accounts.models import User
from audit.models import AuditEvent
from core.errors import Refused
from tests.support.processes import answers, wait_until
from tests.support.stack import Live, Practice, Worker
from wizard.models import TestBill
from wizard.services import send_test_bill

from .conftest import Bills

pytestmark = pytest.mark.django_db(transaction=True)
Phase = TestBill.Phase
TRAP = """
    CREATE FUNCTION hold_phase() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_advisory_xact_lock_shared(11); RETURN NULL; END';
    CREATE TRIGGER hold_phase AFTER UPDATE ON wizard_testbill
        FOR EACH ROW WHEN (NEW.phase = '{}' AND OLD.phase <> NEW.phase) EXECUTE FUNCTION hold_phase();
"""
# Not by pg_stat_activity: a transaction always sees it as it was the first time.
BLOCKED = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


def execute(statement: str, by: object = connection) -> int:
    with by.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(statement)
        return int(cursor.fetchone()[0] or 0) if cursor.description else 0


@contextmanager
def locked(statement: str) -> Iterator[object]:
    """Hold a lock on a connection of its own, which the block gets."""
    holder = connection.copy()
    try:
        holder.set_autocommit(False)
        execute(statement, holder)
        yield holder
    finally:
        holder.close()


@pytest.fixture
def trap(request: pytest.FixtureRequest, transactional_db: None) -> Iterator[str]:
    """Make the commit of a phase wait for a lock."""
    execute(TRAP.format(request.param))
    yield request.param
    execute("DROP FUNCTION hold_phase CASCADE")


def ended(bills: Bills, test: TestBill) -> TestBill:
    wait_until(lambda: not bills.fresh(test).is_active, "the test has ended")
    return bills.fresh(test)


def assert_one_bill(bills: Bills, test: TestBill) -> None:
    test = ended(bills, test)
    assert test.phase == Phase.STORED, f"{test.cause} {test.failure}"
    [bill] = bills.in_intacct()
    assert bill["RECORDID"] == test.number
    user = Client()
    user.force_login(bills.actor)
    page = user.get(f"/connection/{bills.profile.connection_id}/test-bill/").content.decode()
    assert "Waiting for you" in page
    assert "Now open the link in Intacct" in page


def stall(bills: Bills, function: str) -> None:
    """Hold up requests with this function. A bill is looked for (`query`) only if the answer to `create` was lost."""
    if function == "query":
        bills.company.control("fault", name="truncated", function="create", calls=1)
    bills.company.control("fault", name="stalled", function=function)


@pytest.mark.parametrize("trap", [Phase.SENDING, Phase.CREATED, Phase.STORED], indirect=True)
def test_worker_is_killed_before_it_saves_a_phase(bills: Bills, trap: str, worker: Worker) -> None:
    with locked("SELECT pg_advisory_xact_lock(11)") as holder:
        test = bills.request()
        wait_until(lambda: execute(BLOCKED, holder), f"the worker is about to save {trap}")
        worker.kill9()
    bills.company.free_slots()
    worker.start()

    assert_one_bill(bills, test)


@pytest.mark.parametrize("function", ["getAPISession", "create", "query", "read"])
def test_worker_is_killed_while_intacct_works(bills: Bills, worker: Worker, function: str) -> None:
    """The gateway carries the request out after the worker has gone, while another worker looks for the bill."""
    bills.forget_sessions()
    stall(bills, function)
    test = bills.request()
    wait_until(lambda: bills.company.requests()["held_up"], "the request is being answered")
    worker.kill9()
    bills.company.free_slots()
    worker.start()
    bills.company.remove_fault()

    assert_one_bill(bills, test)


@pytest.mark.parametrize("function", ["create", "query", "read"])
def test_gateway_is_killed_while_it_works(bills: Bills, practice: Practice, worker: Worker, function: str) -> None:
    stall(bills, function)
    test = bills.request()
    wait_until(lambda: bills.company.requests()["held_up"], "the request is being answered")
    practice.kill9()
    practice.start()
    wait_until(lambda: answers(practice.address), "the practice company answers")
    bills.company.remove_fault()

    assert_one_bill(bills, test)


def test_web_server_is_killed_while_it_saves_a_test(
    bills: Bills, live: Live, worker: Worker, administrator: User
) -> None:
    """Nothing is saved and nothing sent. The user sends it again."""
    bills.store_records()
    send_form = signed_in_form(bills, live, administrator)
    with locked(f"LOCK TABLE {AuditEvent._meta.db_table} IN SHARE MODE") as holder, ThreadPoolExecutor(1) as browser:
        sent = browser.submit(send_until_gone, send_form)
        wait_until(lambda: sent.done() or execute(BLOCKED, holder), "the web server saves the test")
        live.kill9()
    assert isinstance(sent.exception(), requests.ConnectionError)
    assert not TestBill.objects.exists()

    live.start()
    wait_until(lambda: answers(live.url), "the web server answers")

    assert send_form().ok
    assert_one_bill(bills, TestBill.objects.get())


def send_until_gone(send_form: Callable[[], requests.Response]) -> None:
    """Send the form until the web server is killed. It waits only 1.5 s for a lock, and then asks to try again."""
    while True:
        assert send_form().status_code == 503


def signed_in_form(bills: Bills, live: Live, user: User) -> Callable[[], requests.Response]:
    """Return a function that sends the form as a signed-in user."""
    client = Client()
    client.force_login(user)
    cookies = {name: cookie.value for name, cookie in client.cookies.items()} | {"csrftoken": "a" * 32}
    address = f"{live.url}/connection/{bills.profile.connection_id}/test-bill/"
    data = {"profile": bills.profile.pk, "after": 0, "confirm": "true", "csrfmiddlewaretoken": "a" * 32}
    headers = {"Origin": live.url, "Referer": address}
    return partial(requests.post, address, data | bills.chosen(), cookies=cookies, headers=headers, timeout=60)


def test_of_eight_users_at_once_one_sends_a_bill(bills: Bills) -> None:
    chosen, barrier = bills.chosen(), Barrier(8)

    def send(_number: int) -> bool:
        barrier.wait()
        try:
            send_test_bill(profile=bills.profile, actor=bills.actor, chosen=chosen, after=0, confirm=True)
        except Refused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(send, range(8)))

    assert sum(results) == 1
    bills.work(TestBill.objects.get())
    assert len(bills.in_intacct()) == 1


def test_two_workers_at_once_send_one_bill(bills: Bills) -> None:
    test, barrier = bills.request(), Barrier(2)

    def work(_number: int) -> None:
        barrier.wait()
        bills.work(test)
        connection.close()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, range(2)))

    assert_one_bill(bills, test)
