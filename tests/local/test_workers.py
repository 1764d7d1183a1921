"""What each process does by itself: it reports its encryption keys, and ends when it uses too much memory."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection, socket
from types import FrameType

import pytest
from celery.signals import task_postrun
from pytest_django.fixtures import Settings

import beanworks_connect.workers  # noqa: F401 - it listens to the signal, as in a worker
from core.key_reports import processes_without
from local.commands import COMMANDS
from tests.support.processes import ROOT, Running, answering_processes, descendants, free_port, wait_until
from tests.support.stack import on_own_database

GRACE_PERIOD = 10
"""Seconds until compose kills a container that must stop."""
WEB_WORKERS = 2
HEAD_OF_A_FORM = (
    b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 16\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n"
)
FORM = b"login=" + b"x" * 10


@pytest.mark.slow
def test_worker_reports_its_keys_and_its_heartbeat_and_stops_in_time(django_db_setup: None, tmp_path: Path) -> None:
    """Keys are rotated only after every running process has reported the new one."""
    with running("worker-checks", tmp_path) as worker:
        wait_until(lambda: is_reporting(worker), "it has reported its keys")
        assert_probe_passes(tmp_path)

        assert_stops_in_time(worker)


@pytest.mark.slow
def test_beat_reports_its_heartbeat_and_stops_in_time(django_db_setup: None, tmp_path: Path) -> None:
    with running("beat", tmp_path) as beat:
        assert_probe_passes(tmp_path)

        assert_stops_in_time(beat)


@pytest.mark.slow
def test_worker_that_waits_for_the_broker_passes_its_probe(django_db_setup: None, tmp_path: Path) -> None:
    """If it were started again, it would lose the work that goes on without a broker."""
    with running("worker-mail", tmp_path, REDIS_URL="redis://127.0.0.1:1") as worker:
        assert_probe_passes(tmp_path)

        assert_stops_in_time(worker)


@pytest.mark.slow
def test_web_server_that_stops_answers_the_requests_it_has(django_db_setup: None, tmp_path: Path) -> None:
    port = free_port()
    with running("web", tmp_path, GRANIAN_PORT=str(port)) as web, socket() as browser:
        # A worker that still loads the product ignores the signal, and answers on until it is killed.
        wait_until(lambda: answering_processes(web) == WEB_WORKERS, "all its workers answer")
        wait_until(lambda: is_reporting(web), "it has reported its keys")
        browser.connect(("127.0.0.1", port))
        browser.sendall(HEAD_OF_A_FORM)
        assert browser.recv(100).startswith(b"HTTP/1.1 100"), "the product reads the request"

        os.kill(web.pid, signal.SIGTERM)
        # Not by requests: one that comes while it stops may wait until the server ends, and this one would with it.
        wait_until(lambda: not accepts_connections(port), "it takes no new requests")
        browser.sendall(FORM)

        assert browser.recv(100).startswith(b"HTTP/1.1 403")  # without the token of a form
        wait_until(lambda: not web.alive, "it has ended", patience=GRACE_PERIOD)


@pytest.mark.slow
def test_web_server_that_stops_while_its_workers_start_ends(django_db_setup: None, tmp_path: Path) -> None:
    """A worker that still loads the product ignores the signal."""
    environment = on_own_database() | {"GRANIAN_PORT": str(free_port())}
    with Running("web", COMMANDS["web"].split(), tmp_path, environment) as server:
        server.start()
        wait_until(lambda: len(descendants(server.pid)) > 2, "both workers start")

        os.kill(server.pid, signal.SIGTERM)

        server.wait()


@contextmanager
def running(name: str, folder: Path, **environment: str) -> Iterator[Running]:
    own = {"GRANIAN_PORT": str(free_port()), "HEARTBEAT_FILE": str(folder / "heartbeat")}
    with Running(name, COMMANDS[name].split(), folder, on_own_database() | own | environment) as process:
        process.start()
        yield process


def assert_probe_passes(folder: Path) -> None:
    file = folder / "heartbeat"
    wait_until(file.exists, "it sends its heartbeat")
    subprocess.run([ROOT / "deploy" / "probe"], env={"HEARTBEAT_FILE": str(file)}, check=True)


def assert_stops_in_time(process: Running) -> None:
    os.kill(process.pid, signal.SIGTERM)
    wait_until(lambda: not process.alive, "it has ended", patience=GRACE_PERIOD)


def accepts_connections(port: int) -> bool:
    try:
        create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def is_reporting(process: Running) -> bool:
    """Whether one of its processes has reported its keys."""
    reports = processes_without("a key that no process knows")
    return bool({int(name.rpartition(":")[2]) for name in reports} & descendants(process.pid))


@pytest.mark.parametrize(("megabytes", "ends"), [(1, True), (100_000, False)])
def test_worker_above_its_memory_limit_stops_after_its_task(settings: Settings, megabytes: int, ends: bool) -> None:
    settings.WORKER_MEGABYTES = megabytes
    received = []

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)

    before = signal.signal(signal.SIGTERM, note)
    try:
        task_postrun.send(sender=None)
    finally:
        signal.signal(signal.SIGTERM, before)

    assert received == [signal.SIGTERM] * ends
