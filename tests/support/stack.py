"""The product's processes and the practice company, for tests of the whole system."""

import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.db import connection

from beanworks_connect.heartbeat import broker, silent_queues
from core.queue import queue_keys
from core.queue_states import QUEUES
from local.commands import COMMANDS, WORKER

from .processes import Running, answers, free_port, wait_until

# Without Django's checks of the code, which import every page: a third of a worker's start. A test of its own runs
# `manage.py check`, and the workers of the local stack start with the checks.
UNCHECKED = {"CELERY_SKIP_CHECKS": "1"}
IDLE_WITHIN = 2.0  # seconds a worker gets to finish the work that a test left


class Practice(Running):
    """The practice company's server. `control("reset")` calls its control API. `environment`: see `Live`."""

    address = os.environ["PRACTICE_ADDRESS"]
    gateway = os.environ["INTACCT_ENDPOINT"]

    def __init__(self, folder: Path, **environment: str) -> None:
        command = COMMANDS["practice"].format(host="127.0.0.1", practice_port=urlsplit(self.address).port)
        saved = {"PRACTICE_STATE": str(folder / "practice.json")}
        super().__init__("practice", command.split(), folder, os.environ | saved | environment)

    def control(self, act: str, method: str = "POST", /, **details: Any) -> Any:
        """Send `details` to /control/<act>. Return the JSON reply."""
        response = requests.request(method, f"{self.address}/control/{act}", json=details, timeout=10)
        response.raise_for_status()
        return response.json()


class Worker(Running):
    """One Celery worker for all queues, with beat inside. Tests can `kill9()` it during work and `start()` it again."""

    def __init__(self, folder: Path) -> None:
        options = f"--queues {','.join(QUEUES)} --concurrency 8 --beat"
        super().__init__("worker", f"{WORKER} tests@%h {options}".split(), folder, on_own_database() | UNCHECKED)

    def start(self) -> None:
        super().start()
        broker().delete(*(f"heartbeat:{queue}" for queue in QUEUES))
        # Messages of a killed worker stay unacknowledged. With them, this worker would never look idle.
        forget_unacknowledged()
        wait_until(lambda: not silent_queues(), "the worker is ready")

    @property
    def idle(self) -> bool:
        """Whether no task runs: a message stays unacknowledged until its task has ended."""
        return not broker().hlen("unacked")

    def rests(self) -> bool:
        """Pause the worker while it is idle, and return whether it was.

        It can start a task just before the pause, so `idle` is checked again afterwards.
        """
        if not self.idle:
            return False
        if self.alive:
            self.rest()
            hang_up()
        if self.idle:
            return True
        self.wake()
        return False

    def go_on(self) -> None:
        self.wake()
        wait_until(lambda: not silent_queues(), "the worker goes on")

    def settle(self) -> None:
        """Drop waiting messages, let the worker finish and pause it, or stop it, so that it affects no later test."""
        drop_messages()
        try:
            wait_until(self.rests, "the worker rests", patience=IDLE_WITHIN)
        except AssertionError:
            self.kill9()
            forget_unacknowledged()


class Live(Running):
    """The web server. `url` has no trailing slash. `environment` overrides the tests' own variables.

    In production it has two processes, and so has the one that most tests share. Servers that single tests start have
    one, since each takes two seconds of CPU time.
    """

    def __init__(self, folder: Path, processes: int = 1, /, **environment: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = COMMANDS["web"].replace("--workers 2", f"--workers {processes}").split()
        listening = {"GRANIAN_HOST": "127.0.0.1", "GRANIAN_PORT": str(port)}
        super().__init__("web", command, folder, on_own_database() | listening | environment)


def on_own_database() -> dict[str, str]:
    """Return this process's environment with the database that its tests have created."""
    url = urlsplit(os.environ["DATABASE_URL"])
    server, _ = url.path.rsplit("/", 1)
    own = url._replace(path=f"{server}/{connection.settings_dict['NAME']}").geturl()
    return dict(os.environ) | {"DATABASE_URL": own}


def drop_messages() -> None:
    broker().delete(*chain.from_iterable(map(queue_keys, QUEUES)))


def forget_unacknowledged() -> None:
    broker().delete("unacked", "unacked_index")


def hang_up() -> None:
    """End all waits for messages. Otherwise the broker would give the next message to a paused worker."""
    own = broker().client_info()["db"]
    for client in broker().client_list():
        if client["db"] == str(own) and "b" in client["flags"]:
            broker().client_unblock(int(client["id"]))


@pytest.fixture(scope="session")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("processes")


@pytest.fixture(scope="session")
def _practice(_folder: Path) -> Iterator[Practice]:
    with Practice(_folder) as process:
        yield process


@pytest.fixture(scope="session")
def _worker(_folder: Path, django_db_setup: None) -> Iterator[Worker]:
    with Worker(_folder) as process:
        yield process


@pytest.fixture(scope="session")
def _live(_folder: Path, django_db_setup: None) -> Iterator[Live]:
    with Live(_folder, 2) as process:
        yield process


@pytest.fixture
def practice(_practice: Practice) -> Practice:
    """The practice company with its initial state, before a test follows the guide."""
    if not _practice.alive:
        _practice.start()
        wait_until(lambda: answers(_practice.address), "the practice company answers")
    _practice.control("reset")
    return _practice


@pytest.fixture
def worker(_worker: Worker, transactional_db: None) -> Iterator[Worker]:
    drop_messages()
    if _worker.alive:
        _worker.go_on()
    else:
        _worker.start()
    yield _worker
    _worker.settle()


@pytest.fixture
def live(_live: Live, transactional_db: None) -> Live:
    if not _live.alive:
        _live.start()
        wait_until(lambda: answers(_live.url), "the web server answers")
    return _live
