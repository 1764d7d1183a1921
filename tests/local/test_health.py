"""The probes. test_stack.py checks /healthz while parts hang, and tests/outages /readyz."""

import os
import subprocess
import time
from base64 import b64encode
from pathlib import Path
from threading import Event

import pytest
import requests
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django.fixtures import Settings

from beanworks_connect import health
from beanworks_connect.health import ask_part
from beanworks_connect.heartbeat import BEAT, broker, report
from core.key_canary import renew_canary
from core.queue_states import QUEUES
from tests.support.processes import PATIENCE, ROOT, wait_until
from tests.support.stack import Live, Worker

READY = {"database": "ok", "migrations": "ok", "keys": "ok"}
OTHER_KEY = f"other:{b64encode(b'x' * 32).decode()}"


def test_health_is_good_when_all_parts_run(live: Live, worker: Worker) -> None:
    # Beat reports every few seconds, and the worker that it runs in was possibly paused until now. On a busy machine, a
    # part may also need more than the second that it has. A response is true if its status is a good one.
    response = wait_until(lambda: requests.get(f"{live.url}/healthz", timeout=PATIENCE), "all parts answer")
    answers = response.json()

    heard, queues = answers.pop("heard"), answers.pop("queues")
    assert (response.status_code, answers) == (200, {**READY, "broker": "ok", "worker": "ok", "beat": "ok"})
    assert heard.keys() == {*QUEUES, BEAT}
    assert queues["mail"].keys() == {"rows", "age", "messages"}
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.django_db
def test_silent_worker_fails_health_and_takes_no_web_process_out(client: Client) -> None:
    report(*QUEUES, BEAT)
    broker().delete("heartbeat:syncs")

    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json()["worker"] == "none has been heard for 10 s on: syncs"
    assert response.json()["heard"]["syncs"] is None
    assert [client.get(f"/{probe}").status_code for probe in ("livez", "readyz")] == [200, 200]


@pytest.fixture
def _nothing_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of an earlier test may have asked a moment ago: then its question would be shared."""
    monkeypatch.setattr(health, "ASKED", {})


@pytest.mark.usefixtures("_nothing_asked")
def test_probes_at_the_same_time_share_a_question() -> None:
    """Of a hundred at once, the last ones waited for a second and made a process that works leave the service."""
    begun, end = Event(), Event()

    def ask() -> str:
        begun.set()
        end.wait(10)
        return "ok"

    first = ask_part("broker", ask)
    begun.wait(10)
    assert ask_part("broker", ask) is first

    end.set()
    assert first.result(10) == "ok"
    assert ask_part("broker", ask) is not first


@pytest.mark.usefixtures("_nothing_asked")
def test_question_that_hangs_does_not_hide_that_a_part_answers_again(monkeypatch: pytest.MonkeyPatch) -> None:
    end = Event()
    hanging = ask_part("broker", lambda: end.wait(10))

    monkeypatch.setattr(health, "HANGS", 0)

    assert ask_part("broker", lambda: "ok").result(10) == "ok"
    assert not hanging.done()
    end.set()


@pytest.mark.django_db(transaction=True)
def test_process_without_the_key_is_not_ready(client: Client, settings: Settings) -> None:
    assert client.get("/readyz").json() == READY

    settings.ENCRYPTION_KEYS = [OTHER_KEY]

    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (
        503, READY | {"keys": "ENCRYPTION_KEYS lacks the key that encrypted last"},
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_change_of_keys_makes_processes_with_the_new_key_ready(client: Client, settings: Settings) -> None:
    client.get("/readyz")
    settings.ENCRYPTION_KEYS = [OTHER_KEY]

    renew_canary()

    assert client.get("/readyz").json() == READY


@pytest.mark.django_db(transaction=True)
def test_database_of_an_older_release_is_not_ready(client: Client) -> None:
    applied = MigrationRecorder.Migration.objects.get(app="core", name="0003_key_canary")
    applied.delete()
    try:
        assert client.get("/readyz").json()["migrations"] == "not applied: core.0003_key_canary"
    finally:
        applied.save(force_insert=True)


@pytest.mark.parametrize(("age", "code"), [(5, 0), (60, 1)])
def test_probe_of_a_worker_fails_when_its_file_is_old(tmp_path: Path, age: int, code: int) -> None:
    file = tmp_path / "heartbeat"
    file.touch()
    os.utime(file, (time.time() - age, time.time() - age))

    assert run_probe(file) == code


def test_probe_of_a_worker_that_never_reported_fails(tmp_path: Path) -> None:
    assert run_probe(tmp_path / "heartbeat") == 1


def run_probe(file: Path) -> int:
    probe = subprocess.run([ROOT / "deploy" / "probe"], env=os.environ | {"HEARTBEAT_FILE": str(file)}, check=False)
    return probe.returncode
