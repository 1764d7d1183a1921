"""What the screen of scripts/run shows of all that its parts write."""

import re
import subprocess
from io import StringIO
from pathlib import Path

import pytest

from local.console import Console
from local.paths import ROOT

REQUEST = "2026-11-29 09:54:12,001 INFO beanworks_connect.requests: GET /beanworks/board/ 200, 45 ms"
WARNING = "2026-11-29 09:54:12,001 WARNING django.request: Not Found: /x"
WORKERS = "[2026-11-29 09:54:12,001: ERROR/MainProcess] consumer: cannot connect"


def shown(folder: Path, line: str, *, verbose: bool = False) -> str:
    screen = StringIO()
    Console(folder, screen, verbose=verbose).copy("web", line)
    [logged] = (folder / "web.log").read_text().splitlines()
    assert (logged.endswith(line), len(re.findall(r"\d{4}-\d\d-\d\d ", logged))) == (True, 1)
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


def test_verbose_screen_shows_every_line(tmp_path: Path) -> None:
    assert shown(tmp_path, "12:M 29 Nov 2026 # Ready", verbose=True) == "12:M 29 Nov 2026 # Ready"


@pytest.mark.parametrize("script", ["run", "check", "lock", "screenshots", "test-clients"])
def test_script_without_arguments_explains_itself(script: str) -> None:
    for argument, code in (("--help", 0), ("now", 2)):
        result = subprocess.run([ROOT / "scripts" / script, argument], capture_output=True, text=True, check=False)
        assert result.returncode == code
        assert (result.stdout or result.stderr).startswith(f"Usage: {ROOT}/scripts/{script}\n")
