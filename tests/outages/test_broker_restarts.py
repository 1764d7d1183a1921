"""A worker whose broker restarts: it acknowledges the task that it has, and leaves no files open."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.db import transaction
from django.utils import timezone

from core.leases import State
from local.commands import COMMANDS
from mail.models import Email
from tests.support.processes import Running, wait_until
from tests.support.stack import UNCHECKED, on_own_database
from tests.support.valkey import Valkey, own_valkey

RESTARTS = 5
"""Each left one or two files open."""


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    with own_valkey() as valkey:
        yield valkey


@pytest.fixture
def worker(valkey: Valkey, transactional_db: None, tmp_path: Path) -> Iterator[Running]:
    environment = on_own_database() | UNCHECKED | {"REDIS_URL": valkey.url}
    with Running("worker", COMMANDS["worker-mail"].split(), tmp_path, environment) as worker:
        worker.start()
        wait_for_heartbeat(valkey)
        yield worker


def wait_for_heartbeat(valkey: Valkey) -> None:
    wait_until(lambda: valkey.client.exists("heartbeat:mail"), "the worker is connected")


def restart(valkey: Valkey) -> None:
    """Restart the broker. It has stored which messages are unacknowledged, and nothing else."""
    unacknowledged: dict[Any, Any] = valkey.client.hgetall("unacked")
    valkey.kill9()
    valkey.start()
    if unacknowledged:
        valkey.client.hset("unacked", mapping=unacknowledged)
    wait_for_heartbeat(valkey)


def send(email: Email, valkey: Valkey) -> None:
    with current_app.connection_for_write(valkey.url.replace("unix://", "redis+socket://")) as connection:
        current_app.send_task(Email.task, [email.pk], connection=connection)
    wait_until(lambda: not valkey.client.llen("mail"), "a worker has the message")


def wait_until_acknowledged(valkey: Valkey) -> None:
    wait_until(lambda: not valkey.client.hlen("unacked"), "the message is acknowledged")


def open_files(process: Running) -> int:
    return len(list(Path(f"/proc/{process.pid}/fd").iterdir()))


@pytest.mark.slow
def test_restarts_of_the_broker_leave_no_open_files_and_lose_no_task(valkey: Valkey, worker: Running) -> None:
    email = Email.objects.create(kind="profile_approved", dedupe_key="1", language="en", subject="1", text="1")
    with transaction.atomic():
        Email.objects.select_for_update().get()
        send(email, valkey)
        wait_until(lambda: valkey.client.hlen("unacked"), "the worker waits for the row")

        restart(valkey)
        Email.objects.update(state=State.DONE, sent_at=timezone.now())

    wait_until_acknowledged(valkey)
    first = open_files(worker)

    # Of an idle worker: a restart while it acknowledges could bring back a message that nothing acknowledges again.
    for _ in range(RESTARTS):
        restart(valkey)
    send(email, valkey)
    wait_until_acknowledged(valkey)
    # A connection of a pool may be open or not, at any time.
    wait_until(lambda: open_files(worker) <= first + 2, "not a file more for each restart")
