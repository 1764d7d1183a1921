"""scripts/vulnerabilities.py reports what pip-audit found, and what it could not find out."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import ROOT

SAFE = {"name": "django", "version": "5.2.19", "vulns": []}
UNKNOWN = {"name": "redis", "skip_reason": "not found"}
VULNERABLE = {"name": "lxml", "version": "1.0", "vulns": [{"id": "CVE-1", "fix_versions": ["1.1", "2.0"]}]}


def check(folder: Path, program: str) -> tuple[int, str]:
    """Run the check with this shell script instead of pip-audit, which needs a package index."""
    pip_audit = folder / "pip-audit"
    pip_audit.write_text(f"#!/bin/sh\n{program}")
    pip_audit.chmod(0o755)
    ended = subprocess.run(
        [sys.executable, "-m", "scripts.vulnerabilities"],
        cwd=ROOT,
        env=os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not ended.stderr
    return ended.returncode, ended.stdout


@pytest.mark.parametrize(
    ("packages", "code", "output"),
    [
        ([SAFE], 0, ""),
        ([SAFE, VULNERABLE], 1, "lxml 1.0: CVE-1, fixed in 1.1, 2.0\n"),
        ([SAFE, UNKNOWN], 0, "Not checked, because the package index has no data: 1 of 2 packages\n"),
    ],
)
def test_vulnerable_package_fails_and_unknown_one_is_named(
    tmp_path: Path, packages: list[dict[str, Any]], code: int, output: str
) -> None:
    assert check(tmp_path, f"echo '{json.dumps({'dependencies': packages})}'") == (code, output)


def test_index_that_does_not_answer_is_reported(tmp_path: Path) -> None:
    code, output = check(tmp_path, "echo 'ConnectionError: no route' >&2; exit 1")

    assert (code, output) == (0, "Not checked, because the package index did not answer: ConnectionError: no route\n")
