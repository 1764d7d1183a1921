"""/healthz without a supervisor. test_stack.py checks it while parts hang."""

import pytest
import requests
from django.test import Client

from beanworks_connect.heartbeat import broker, is_beat_silent
from tests.support.processes import wait_until
from tests.support.stack import Live, Worker


def test_health_is_good_when_all_parts_run(live: Live, worker: Worker) -> None:
    # Beat reports every few seconds, and the worker that it runs in was possibly paused until now.
    wait_until(lambda: not is_beat_silent(), "beat reports")

    response = requests.get(f"{live.url}/healthz", timeout=5)
    assert (response.status_code, response.json()) == (
        200,
        {"database": "ok", "broker": "ok", "worker": "ok", "beat": "ok"},
    )
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.django_db
def test_health_names_a_queue_without_a_worker(client: Client) -> None:
    broker().delete("heartbeat:syncs")
    for queue in ("checks", "mail", "webhooks", "periodic", "beat"):
        broker().set(f"heartbeat:{queue}", 1, ex=5)
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json() == {
        "database": "ok",
        "broker": "ok",
        "worker": "none has been heard for 10 s on: syncs",
        "beat": "ok",
    }
