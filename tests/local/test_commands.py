"""Commands answer an operator in words when the database or the operator stops them, and find what they name."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any, Never

import pytest
from django.db import OperationalError, connection

from tests.support.processes import ROOT
from tests.support.stack import on_own_database


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (OperationalError("the connection is lost"), "stopped this command: the connection is lost"),
        (KeyboardInterrupt(), "Stopped."),
    ],
)
def test_command_that_is_stopped_ends_without_lines_of_code(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, answer: str
) -> None:
    def fail(*_: Any) -> Never:
        raise error

    monkeypatch.setattr(sys, "argv", ["manage.py", "verify_audit"])

    with connection.execute_wrapper(fail), pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / "manage.py"), run_name="__main__")

    assert answer in str(ended.value.code)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "advice"),
    [
        ("ALTER TABLE audit_auditevent RENAME TO other", "run `manage.py migrate` first"),
        ("SET LOCAL ROLE pg_signal_backend", "name the owner of the tables"),
    ],
)
def test_command_on_a_database_that_is_not_set_up_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, change: str, advice: str
) -> None:
    """Each command ended with 50 to 70 lines of code on a database without tables."""
    monkeypatch.setattr(sys, "argv", ["manage.py", "verify_audit"])
    with connection.cursor() as cursor:
        cursor.execute(change)

    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / "manage.py"), run_name="__main__")

    assert advice in str(ended.value.code)


def test_command_waits_for_a_missing_database_for_some_seconds_only() -> None:
    """It took half a minute until an operator read that there is none."""
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    asked = "from django.db import connection; print(connection.pool.timeout, connection.pool.reconnect_timeout)"
    command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", asked]

    shown = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True)

    assert shown.stdout == "5 5\n"


@pytest.mark.django_db
@pytest.mark.parametrize(("script", "folder"), [("backup", "of one"), ("restore", "of one"), ("restore", "../of one")])
def test_script_takes_a_folder_from_where_it_is_called(tmp_path: Path, script: str, folder: str) -> None:
    """With an option before it, the backup went into the folder of the product."""
    place = tmp_path / "here"
    place.mkdir()
    # A file, so that no backup is made: it would be recorded in the database of all tests.
    (place / folder).touch()
    option = {"backup": "--keep=1", "restore": "--force"}[script]
    command = [str(ROOT / "scripts" / script), option, folder]
    ended = subprocess.run(command, cwd=place, env=on_own_database(), capture_output=True, text=True)
    assert str((place / folder).resolve()) in ended.stdout + ended.stderr
