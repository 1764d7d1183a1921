"""When a web process dies, only its own requests fail."""

import os
import signal

import pytest
import requests

from tests.support.processes import descendants, wait_until
from tests.support.stack import Live

# Only needed for its schema, which is copied.
pytestmark = pytest.mark.django_db


def web_processes(web: Live) -> set[int]:
    return descendants(web.pid) - {web.pid}


def test_killed_web_process_is_replaced_while_others_continue(web: Live) -> None:
    killed, *others = before = sorted(web_processes(web))

    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: len(web_processes(web) - {killed}) == len(before), "it is replaced")

    assert web.alive
    assert set(others) < web_processes(web)
    assert requests.get(f"{web.url}/accounts/login/", timeout=10).status_code == 200
