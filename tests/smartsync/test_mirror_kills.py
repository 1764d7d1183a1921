"""The sample consumer keeps an exact copy while everything around it is killed: itself, worker, web server and broker.

The runs are started by API, over HTTP, by a client that repeats a request until it gets an answer. Webhooks reach the
consumer lost, doubled and in another order.
"""

import random
from collections.abc import Iterator, Mapping
from contextlib import suppress
from math import ceil
from pathlib import Path

import pytest
import requests

from accounts.models import User
from api.event_types import EventType
from core.leases import State
from core.queue_states import QUEUES
from local.commands import WORKER
from smartsync.models import SyncRun
from tests.api.client import create_token
from tests.api.webhooks.conftest import create_endpoint
from tests.support.examples import HISTORIES
from tests.support.processes import Running, answers, free_port, wait_until
from tests.support.receiver import Receiver, Request
from tests.support.stack import Live, on_own_database
from tests.support.valkey import Valkey, own_valkey

from .company import Company
from .test_histories import ACTIONS, OBJECTS, begin
from .test_mirror import Mirror, stored

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
# Changes of each list in a round. scripts/test-nightly makes a thousand in all.
CHANGES = 8
ROUNDS = max(4, ceil(HISTORIES / (CHANGES * len(OBJECTS))))
# What is killed next is noticed at once, so that no round waits half a minute.
HASTE = {"SWEEP_SECONDS": "1", "LEASE_SECONDS": "3"}


class UnreliableWay(Receiver):
    """Passes webhooks on to `url`. Of three, it loses the first, and passes the third and then the second twice.

    `statuses_passed`: what the consumer answered.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self.target = url
        self.held: list[Request] = []
        self.statuses_passed: set[int] = set()

    def take(self, request: Request) -> int:
        self.held.append(request)
        if len(self.held) == 3:
            _lost, second, third = self.held
            self.held = []
            self.pass_on(third, second, second)
        return super().take(request)

    def pass_on(self, *requests_taken: Request) -> None:
        for taken in requests_taken:
            headers = {name: value for name, value in taken.headers.items() if name.startswith("webhook-")}
            with suppress(requests.RequestException):  # the consumer was killed: this one is lost too
                response = requests.post(self.target, data=taken.body, headers=headers, timeout=5)
                self.statuses_passed.add(response.status_code)


class Stack:
    """The processes of one test, and what a client does that repeats its requests."""

    def __init__(self, company: Company, valkey: Valkey, actor: User, folder: Path) -> None:
        self.company, self.valkey, self.token = company, valkey, create_token(actor)
        own = {"REDIS_URL": valkey.url} | HASTE
        command = f"{WORKER} mirror@%h --queues {','.join(QUEUES)} --concurrency 8 --beat"
        self.web = Live(folder, **own)
        self.worker = Running("worker", command.split(), folder, on_own_database() | own)
        port = free_port()
        self.mirror = Mirror(self.web.url, company, self.token, folder / "copy.db", "--limit", "7", "--port", str(port))
        self.way = UnreliableWay(f"http://127.0.0.1:{port}/")
        _endpoint, secret = create_endpoint(actor, self.way.url, EventType.RECORDS_CHANGED)
        self.mirror.environment["SECRET"] = secret
        self.follower = self.mirror.process(folder)

    def __enter__(self) -> "Stack":
        for process in (self.web, self.worker, self.follower):
            process.start()
        return self

    def __exit__(self, *error: object) -> None:
        for process in (self.follower, self.worker, self.web):
            process.kill9()

    def start_sync(self, kind: str, key: str) -> SyncRun:
        """Send the request until there is an answer: the same key starts one run."""
        sent: list[requests.Response] = []
        wait_until(lambda: self.send(sent, kind, key), "the API answered")
        assert sent[0].status_code == 201, sent[0].text
        return SyncRun.objects.get(pk=sent[0].json()["id"])

    def send(self, sent: list[requests.Response], kind: str, key: str) -> bool:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        body = {"profile_id": self.company.profile.pk, "kind": kind}
        try:
            sent.append(requests.post(f"{self.web.url}/api/v1/runs", json=body, headers=headers, timeout=10))
        except requests.RequestException:
            return False
        return True

    def kill(self, name: str, run: SyncRun) -> None:
        """Kill one process during the run, and start it again."""
        victims: Mapping[str, Running] = {
            "worker": self.worker,
            "web": self.web,
            "broker": self.valkey,
            "follower": self.follower,
        }
        wait_until(lambda: state_of(run) != State.QUEUED, "the run has started")
        victims[name].kill9()
        victims[name].start()
        # A place at the gateway that a killed worker had stays taken for half a minute.
        if keys := self.valkey.client.keys("intacct:*"):
            self.valkey.client.delete(*keys)


def state_of(run: SyncRun) -> str:
    return SyncRun.objects.values_list("state", flat=True).get(pk=run.pk)


def wait_until_done(run: SyncRun) -> None:
    wait_until(lambda: state_of(run) == State.DONE, "the run is done")


@pytest.fixture
def stack(company: Company, support: User, tmp_path: Path) -> Iterator[Stack]:
    begin(company, seed=7, scale=30, entity="", formatting={})
    with own_valkey() as valkey, Stack(company, valkey, support, tmp_path) as stack, stack.way:
        wait_until(lambda: answers(stack.web.url), "the web server answers")
        yield stack


def test_copy_equals_intacct_after_kills_of_every_process(stack: Stack) -> None:
    company, chance = stack.company, random.Random(7)
    victims = ["follower", "worker", "web", "broker"]

    for number in range(ROUNDS):
        for name in OBJECTS:
            actions = [[chance.choice(ACTIONS), chance.randrange(31)] for _change in range(CHANGES)]
            company.control("edits", object=name, actions=actions, entity="200")
        run = stack.start_sync("partial" if number % 4 else "full", f"round-{number}")
        stack.kill(victims[number % 4] if number < 4 else chance.choice(victims), run)
        wait_until_done(run)
    wait_until_done(stack.start_sync("full", "last"))
    wait_until(lambda: len(stack.way.taken) >= 3, "webhooks were lost, doubled and passed in another order")
    stack.way.pass_on(*stack.way.held)
    wait_until(lambda: stack.mirror.records() == stored(company), "the copy follows", patience=120)
    stack.follower.kill9()

    assert stack.mirror.finish() == stored(company)
    assert company.compared() == {}
    assert stack.way.statuses_passed == {204}
