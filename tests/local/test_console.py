"""What the screen of scripts/run shows of all that its parts write."""

from io import StringIO
from pathlib import Path

import pytest

from local.console import Console

REQUEST = "2026-11-29 09:54:12,001 INFO beanworks_connect.requests: GET /beanworks/board/ 200, 45 ms"
WARNING = "2026-11-29 09:54:12,001 WARNING django.request: Not Found: /x"
WORKERS = "[2026-11-29 09:54:12,001: ERROR/MainProcess] consumer: cannot connect"


def shown(folder: Path, line: str, *, verbose: bool = False) -> str:
    screen = StringIO()
    Console(folder, screen, verbose=verbose).copy("web", line)
    assert line in (folder / "web.log").read_text()
    return screen.getvalue().partition("| ")[2].strip()


@pytest.mark.parametrize(
    ("line", "on_screen"),
    [
        (REQUEST, "GET /beanworks/board/ 200, 45 ms"),
        (WARNING, "WARNING django.request: Not Found: /x"),
        (WORKERS, "ERROR/MainProcess] consumer: cannot connect"),
        ("[2026-11-29 09:54:12,001: INFO/MainProcess] Task smartsync.tasks.sweep succeeded", ""),
        ("12:M 29 Nov 2026 08:41:02.123 # WARNING Memory overcommit must be enabled!", ""),
        ("[WARNING] Configuration allows spawning up to 64 Python threads", ""),
    ],
)
def test_screen_shows_requests_and_our_warnings_only(tmp_path: Path, line: str, on_screen: str) -> None:
    assert shown(tmp_path, line) == on_screen
    assert shown(tmp_path, line, verbose=True) == line
