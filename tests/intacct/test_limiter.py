import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from intacct.errors import CompanyBusy
from intacct.limiter import Limiter, Priority
from intacct.transport import Gate
from tests.support.processes import wait_until


class Request:
    """Enter a gate in a thread, record it, and stay inside until `finish`."""

    def __init__(self, gate: Gate, name: str, entered: list[str]) -> None:
        self.inside = threading.Event()
        self.may_finish = threading.Event()
        self.gate, self.name, self.entered = gate, name, entered
        self.thread = threading.Thread(target=self.send)
        self.thread.start()

    def send(self) -> None:
        with self.gate():
            self.entered.append(self.name)
            self.inside.set()
            self.may_finish.wait(20)

    def finish(self) -> None:
        self.may_finish.set()
        self.thread.join()


class Requests:
    """Start requests to companies. All of them end at the end of the test."""

    def __init__(self, broker: redis.Redis) -> None:
        self.broker = broker
        self.limiter = Limiter(broker)
        self.entered: list[str] = []
        self.requests: list[Request] = []

    def start(self, name: str, priority: Priority = "sync", company: str = "ACME") -> Request:
        request = Request(self.limiter.gate(company, priority), name, self.entered)
        self.requests.append(request)
        return request

    def start_waiting(self, name: str, priority: Priority = "sync") -> Request:
        """Start a request and return when it is in the queue."""
        before = self.queue
        request = self.start(name, priority)
        while self.queue == before:
            assert request.thread.is_alive()
        return request

    @property
    def queue(self) -> int:
        return int(self.broker.zcard("intacct:{acme}:queue"))


@pytest.fixture
def requests(broker: redis.Redis) -> Iterator[Requests]:
    requests = Requests(broker)
    yield requests
    for request in requests.requests:
        request.may_finish.set()
    for request in requests.requests:
        request.thread.join()


def test_third_request_waits_until_one_of_two_is_done(requests: Requests) -> None:
    first, second = requests.start("first"), requests.start("second")
    assert first.inside.wait(10)
    assert second.inside.wait(10)
    third = requests.start_waiting("third")
    assert not third.inside.is_set()
    first.finish()
    assert third.inside.wait(10)


def test_companies_do_not_wait_for_each_other(requests: Requests) -> None:
    started = [requests.start(f"{company} {n}", company=company) for company in ("ACME", "Globex") for n in (1, 2)]
    assert all(request.inside.wait(10) for request in started)


def test_case_of_the_company_id_does_not_matter(requests: Requests) -> None:
    assert requests.start("first").inside.wait(10)
    assert requests.start("second", company="acme ").inside.wait(10)
    assert not requests.start_waiting("third").inside.is_set()


def test_checks_go_before_syncs_and_equal_requests_in_order_of_arrival(requests: Requests) -> None:
    inside = [requests.start("first"), requests.start("second")]
    assert all(request.inside.wait(10) for request in inside)
    waiting = {name: requests.start_waiting(name) for name in ("s1", "s2")}
    waiting |= {name: requests.start_waiting(name, "check") for name in ("c1", "c2")}
    inside[1].finish()
    for leaving, next_in in [("c1", "c2"), ("c2", "s1"), ("s1", "s2")]:
        assert waiting[leaving].inside.wait(10)
        waiting[leaving].finish()
        assert waiting[next_in].inside.wait(10)
    assert requests.entered[2:] == ["c1", "c2", "s1", "s2"]


HOLDER = """
import sys, redis
from intacct.limiter import Limiter
with Limiter(redis.Redis(unix_socket_path=sys.argv[1]), slots=1, lease=0.5).gate("ACME")():
    print("inside", flush=True)
    sys.stdin.read()
"""


def test_slot_of_a_killed_process_is_free_when_its_lease_ends(broker: redis.Redis) -> None:
    socket = broker.connection_pool.connection_kwargs["path"]
    command = [sys.executable, "-c", HOLDER, socket]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "inside\n"
        with pytest.raises(CompanyBusy), Limiter(broker, slots=1, patience=1.0).gate("ACME")():
            pass
        os.kill(holder.pid, signal.SIGKILL)
    with Limiter(broker, slots=1, patience=5).gate("ACME")():
        pass


def test_lease_is_renewed_during_a_request_even_after_a_pause(broker: redis.Redis) -> None:
    limiter, other = Limiter(broker, slots=1, lease=0.9), Limiter(broker, slots=1, patience=1.5)
    for _ in range(2):
        with limiter.gate("ACME")(), pytest.raises(CompanyBusy), other.gate("ACME")():
            pass
        wait_until(lambda: not limiter._keeper._thread, "the keeper has nothing more to keep")
    assert broker.keys("*") == []


def test_waiting_process_that_was_killed_blocks_no_other(broker: redis.Redis) -> None:
    now = int(broker.time()[0])
    broker.zadd("intacct:{acme}:queue", {"gone": 0})
    broker.zadd("intacct:{acme}:alive", {"gone": now * 1000 - 1})
    with Limiter(broker, slots=1, patience=0.5).gate("ACME", "sync")():
        pass


def test_request_that_stops_waiting_leaves_no_keys(broker: redis.Redis) -> None:
    limiter = Limiter(broker, slots=1, patience=0)
    with limiter.gate("ACME")(), pytest.raises(CompanyBusy) as busy, limiter.gate("ACME")():
        pass
    assert busy.value.retryable
    assert broker.keys("*") == []


def test_failed_request_returns_its_slot(broker: redis.Redis) -> None:
    limiter = Limiter(broker, slots=1, patience=0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), limiter.gate("ACME")():
            raise ZeroDivisionError


def test_every_request_goes_through_without_redis(caplog: pytest.LogCaptureFixture) -> None:
    with Limiter(redis.Redis(unix_socket_path="/nowhere", retry=Retry(NoBackoff(), 0))).gate("ACME")():
        pass
    assert "not being limited" in caplog.text


def test_at_most_two_of_many_requests_run_at_once(broker: redis.Redis) -> None:
    limiter = Limiter(broker)
    lock = threading.Lock()
    met = threading.Event()
    inside = 0
    most = 0

    @contextmanager
    def count_requests() -> Iterator[None]:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
            if most == 2:
                met.set()
        met.wait(20)  # The first request stays inside until a second one is, even if the others start slowly.
        yield
        with lock:
            inside -= 1

    def send() -> None:
        for _ in range(5):
            with limiter.gate("ACME")(), count_requests():
                broker.ping()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2
