"""Sign-in and all forms work while the broker is down, frozen, full or read-only. Health names the problem."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from pytest_django.fixtures import Settings

from core.broker import broker
from core.queue import publish
from intacct.limiter import Limiter
from mail.models import Email
from smartsync.tasks import sweep
from tests.support.processes import answers, wait_until
from tests.support.stack import Live
from tests.support.valkey import Valkey, own_valkey
from wizard.services.sessions import SharedSessions

from .visitor import PASSWORD, Visitor, create_administrator


@dataclass(frozen=True)
class Fault:
    begin: Callable[[Valkey], object]
    end: Callable[[Valkey], object]
    health: str


FAULTS = {
    "frozen": Fault(Valkey.rest, Valkey.wake, "did not answer within 1 s"),
    "full": Fault(
        lambda valkey: valkey.client.config_set("maxmemory", 1),
        lambda valkey: valkey.client.config_set("maxmemory", 0),
        "takes no writes: it is full",
    ),
    "read-only": Fault(
        lambda valkey: valkey.client.replicaof("127.0.0.1", 1),
        lambda valkey: valkey.client.replicaof("NO", "ONE"),
        "takes no writes: it is a read-only replica",
    ),
    "gone": Fault(Valkey.kill9, Valkey.start, "does not answer"),
}


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    with own_valkey() as valkey:
        yield valkey


@pytest.fixture(scope="module")
def web(django_db_setup: None, valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with Live(tmp_path_factory.mktemp("web"), REDIS_URL=valkey.url) as web:
        yield web


@pytest.fixture
def visitor(web: Live, transactional_db: None) -> Visitor:
    if not web.alive:
        web.start()
        wait_until(lambda: answers(web.url), "the web server answers")
    return Visitor(web.url)


@pytest.fixture(params=FAULTS)
def fault(request: pytest.FixtureRequest, visitor: Visitor, valkey: Valkey) -> Iterator[Fault]:
    fault = FAULTS[request.param]
    fault.begin(valkey)
    yield fault
    fault.end(valkey)


def test_sign_in_and_forms_work_without_a_broker(fault: Fault, visitor: Visitor) -> None:
    ada = create_administrator()

    assert visitor.post("/accounts/password/reset/", {"email": ada.email}).status_code == 302
    assert Email.objects.filter(address=ada.email).exists()
    assert visitor.get("/handover/unknown/").status_code == 404

    assert visitor.sign_in(ada.email, "a wrong guess").status_code == 200
    assert visitor.sign_in(ada.email, PASSWORD).status_code == 302

    change = {"oldpassword": PASSWORD, "password1": PASSWORD[::-1], "password2": PASSWORD[::-1]}
    assert visitor.post("/accounts/password/change/", change).status_code == 302


def test_health_says_what_is_wrong_with_the_broker_and_the_web_stays_ready(fault: Fault, visitor: Visitor) -> None:
    assert visitor.get("/healthz").json()["broker"] == fault.health
    assert visitor.get("/readyz").status_code == 200


@pytest.fixture
def frozen(valkey: Valkey, settings: Settings, transactional_db: None) -> Iterator[Valkey]:
    settings.REDIS_URL = valkey.url
    broker.cache_clear()
    broker().ping()
    valkey.rest()
    yield valkey
    valkey.wake()
    broker.cache_clear()


def test_many_messages_wait_only_once_for_a_frozen_broker(frozen: Valkey) -> None:
    begin = time.monotonic()

    publish(Email.task, *range(10))
    for pk in range(10):
        publish(Email.task, pk)

    assert time.monotonic() - begin < 5


def test_sweeper_of_syncs_survives_a_frozen_broker(frozen: Valkey) -> None:
    sweep()


def test_requests_to_intacct_continue_while_the_broker_is_frozen(frozen: Valkey) -> None:
    begin = time.monotonic()
    sessions, limiter = SharedSessions(broker()), Limiter(broker())

    for _ in range(5):
        with limiter.gate("ACME")():
            assert sessions.get("key") is None
        sessions.forget("key")

    assert time.monotonic() - begin < 5


def test_the_broker_is_used_again_when_it_answers(frozen: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.broker.PAUSE", 0)
    publish(Email.task, 1)
    frozen.wake()

    assert broker().ping()
