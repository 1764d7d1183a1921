"""What each process does by itself: it reports its encryption keys, and ends when it uses too much memory."""

import os
import signal
from pathlib import Path
from types import FrameType

import pytest
from celery.signals import task_postrun
from pytest_django.fixtures import Settings

import beanworks_connect.workers  # noqa: F401 - it listens to the signal, as in a worker
from core.key_reports import processes_without
from local.commands import COMMANDS
from tests.support.processes import Running, descendants, free_port, wait_until
from tests.support.stack import on_own_database


@pytest.mark.slow
@pytest.mark.parametrize("name", ["web", "worker-checks"])
def test_each_process_reports_its_keys_at_start(django_db_setup: None, tmp_path: Path, name: str) -> None:
    """Keys are rotated only after every running process has reported the new one."""
    environment = on_own_database() | {"GRANIAN_PORT": str(free_port())}
    with Running(name, COMMANDS[name].split(), tmp_path, environment) as process:
        process.start()

        wait_until(lambda: reporting_processes() & descendants(process.pid), "the process has reported its keys")


@pytest.mark.slow
def test_web_server_that_stops_while_its_workers_start_ends(django_db_setup: None, tmp_path: Path) -> None:
    """A worker that still loads the product ignores the signal."""
    environment = on_own_database() | {"GRANIAN_PORT": str(free_port())}
    with Running("web", COMMANDS["web"].split(), tmp_path, environment) as server:
        server.start()
        wait_until(lambda: len(descendants(server.pid)) > 2, "both workers start")

        os.kill(server.pid, signal.SIGTERM)

        server.wait()


def reporting_processes() -> set[int]:
    """Return the IDs of the processes that reported."""
    return {int(name.rpartition(":")[2]) for name in processes_without("a key that no process knows")}


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
