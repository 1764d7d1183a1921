"""The start of the web server."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from beanworks_connect import web
from tests.support.processes import ROOT, free_port


@pytest.mark.parametrize(
    ("host", "port", "problem"),
    [
        ("127.0.0.1", "99999", "GRANIAN_PORT is “99999”; it must be a whole number from 1 to 65535"),
        ("127.0.0.1", "http", "GRANIAN_PORT is “http”"),
        ("connect.example.com", "8000", "GRANIAN_HOST is “connect.example.com”; it must be an IP address"),
        ("192.0.2.1", "8000", "GRANIAN_HOST and GRANIAN_PORT cannot be used: Cannot assign requested address"),
    ],
)
def test_address_that_cannot_work_is_refused_in_words(host: str, port: str, problem: str) -> None:
    assert str(web.address_problem(host, port)).startswith(problem)


def test_web_server_does_not_start_at_an_address_that_cannot_work() -> None:
    command = [sys.executable, "-m", "beanworks_connect.web", "--help"]
    environment = os.environ | {"GRANIAN_PORT": "99999"}

    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("The product cannot start:\n  GRANIAN_PORT is “99999”")


def test_port_of_another_web_server_is_refused() -> None:
    """Granian shared it, and each server got half of the requests."""
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as other:
        port = other.getsockname()[1]
        for host in ("127.0.0.1", "0.0.0.0"):
            assert "Address already in use" in str(web.address_problem(host, str(port)))


def test_address_that_is_free_is_used() -> None:
    assert web.address_problem("127.0.0.1", str(free_port())) is None


def test_start_removes_what_the_last_server_of_the_port_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(web, "MEMORY", str(tmp_path))
    other = Path(web.folder_of_metrics("127.0.0.1", "8010"))
    Path(web.folder_of_metrics("127.0.0.1", "8000"), "counter_1.db").touch()

    folder = Path(web.folder_of_metrics("127.0.0.1", "8000"))

    assert {*tmp_path.iterdir()} == {other, folder}
    assert not any(folder.iterdir())
