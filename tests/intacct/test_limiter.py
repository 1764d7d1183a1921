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


class Visitor:
    """Someone in a thread who enters a gate, notes it, and stays until told to leave."""

    def __init__(self, gate: Gate, name: str, entered: list[str]) -> None:
        self.inside = threading.Event()
        self.go = threading.Event()
        self.gate, self.name, self.entered = gate, name, entered
        self.thread = threading.Thread(target=self.visit)
        self.thread.start()

    def visit(self) -> None:
        with self.gate():
            self.entered.append(self.name)
            self.inside.set()
            self.go.wait(20)

    def leave(self) -> None:
        self.go.set()
        self.thread.join()


class House:
    """Visitors to one company, sent home at the end of the test."""

    def __init__(self, broker: redis.Redis) -> None:
        self.broker = broker
        self.limiter = Limiter(broker)
        self.entered: list[str] = []
        self.visitors: list[Visitor] = []

    def comes(self, name: str, priority: Priority = "sync", company: str = "ACME") -> Visitor:
        visitor = Visitor(self.limiter.gate(company, priority), name, self.entered)
        self.visitors.append(visitor)
        return visitor

    def waits(self, name: str, priority: Priority = "sync") -> Visitor:
        """Comes, and stands in the queue before anyone else does anything."""
        before = self.queue
        visitor = self.comes(name, priority)
        while self.queue == before:
            assert visitor.thread.is_alive()
        return visitor

    @property
    def queue(self) -> int:
        return int(self.broker.zcard("intacct:{acme}:queue"))


@pytest.fixture
def house(broker: redis.Redis) -> Iterator[House]:
    house = House(broker)
    yield house
    for visitor in house.visitors:
        visitor.go.set()
    for visitor in house.visitors:
        visitor.thread.join()


def test_a_third_request_waits_until_one_of_two_is_done(house: House) -> None:
    first, second = house.comes("first"), house.comes("second")
    assert first.inside.wait(10)
    assert second.inside.wait(10)
    third = house.waits("third")
    assert not third.inside.is_set()
    first.leave()
    assert third.inside.wait(10)


def test_companies_do_not_wait_for_each_other(house: House) -> None:
    visitors = [house.comes(f"{company} {n}", company=company) for company in ("ACME", "Globex") for n in (1, 2)]
    assert all(visitor.inside.wait(10) for visitor in visitors)


def test_the_case_of_a_company_id_makes_no_second_company(house: House) -> None:
    assert house.comes("first").inside.wait(10)
    assert house.comes("second", company="acme ").inside.wait(10)
    assert not house.waits("third").inside.is_set()


def test_who_waits_for_a_person_goes_before_syncs_and_equals_go_in_turn(house: House) -> None:
    inside = [house.comes("first"), house.comes("second")]
    assert all(visitor.inside.wait(10) for visitor in inside)
    waiting = {name: house.waits(name) for name in ("s1", "s2")}
    waiting |= {name: house.waits(name, "check") for name in ("c1", "c2")}
    inside[1].leave()
    for leaving, next_in in [("c1", "c2"), ("c2", "s1"), ("s1", "s2")]:
        assert waiting[leaving].inside.wait(10)
        waiting[leaving].leave()
        assert waiting[next_in].inside.wait(10)
    assert house.entered[2:] == ["c1", "c2", "s1", "s2"]


HOLDER = """
import sys, redis
from intacct.limiter import Limiter
with Limiter(redis.Redis(unix_socket_path=sys.argv[1]), places=1, lease=0.5).gate("ACME")():
    print("inside", flush=True)
    sys.stdin.read()
"""


def test_the_place_of_a_killed_holder_is_free_when_its_lease_ends(broker: redis.Redis) -> None:
    socket = broker.connection_pool.connection_kwargs["path"]
    command = [sys.executable, "-c", HOLDER, socket]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "inside\n"
        with pytest.raises(CompanyBusy), Limiter(broker, places=1, patience=1.0).gate("ACME")():
            pass
        os.kill(holder.pid, signal.SIGKILL)
    with Limiter(broker, places=1, patience=5).gate("ACME")():
        pass


def test_each_place_is_kept_beyond_its_lease_also_after_a_while_without_any(broker: redis.Redis) -> None:
    limiter, other = Limiter(broker, places=1, lease=0.9), Limiter(broker, places=1, patience=1.5)
    for _ in range(2):
        with limiter.gate("ACME")(), pytest.raises(CompanyBusy), other.gate("ACME")():
            pass
        wait_until(lambda: not limiter._keeper._thread, "the keeper has nothing more to keep")
    assert broker.keys("*") == []


def test_a_waiter_that_vanished_blocks_nobody(broker: redis.Redis) -> None:
    now = int(broker.time()[0])
    broker.zadd("intacct:{acme}:queue", {"gone": 0})
    broker.zadd("intacct:{acme}:alive", {"gone": now * 1000 - 1})
    with Limiter(broker, places=1, patience=0.5).gate("ACME", "sync")():
        pass


def test_who_gives_up_leaves_nothing_behind(broker: redis.Redis) -> None:
    limiter = Limiter(broker, places=1, patience=0)
    with limiter.gate("ACME")(), pytest.raises(CompanyBusy) as busy, limiter.gate("ACME")():
        pass
    assert busy.value.retryable
    assert broker.keys("*") == []


def test_a_failure_inside_gives_the_place_back(broker: redis.Redis) -> None:
    limiter = Limiter(broker, places=1, patience=0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), limiter.gate("ACME")():
            raise ZeroDivisionError


def test_without_redis_everyone_goes_through(caplog: pytest.LogCaptureFixture) -> None:
    with Limiter(redis.Redis(unix_socket_path="/nowhere", retry=Retry(NoBackoff(), 0))).gate("ACME")():
        pass
    assert "not being limited" in caplog.text


def test_never_more_than_two_of_many_are_inside(broker: redis.Redis) -> None:
    limiter = Limiter(broker)
    lock = threading.Lock()
    met = threading.Event()
    inside = 0
    most = 0

    @contextmanager
    def counted() -> Iterator[None]:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
            if most == 2:
                met.set()
        met.wait(20)  # The first in stays until someone joins it, however slow the others are to start.
        yield
        with lock:
            inside -= 1

    def visit() -> None:
        for _ in range(5):
            with limiter.gate("ACME")(), counted():
                broker.ping()

    threads = [threading.Thread(target=visit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2
