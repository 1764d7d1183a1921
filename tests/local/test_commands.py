"""manage.py answers an operator in words when the database or the operator stops a command."""

import runpy
import sys
from typing import Any, Never

import pytest
from django.db import OperationalError, connection

from tests.support.processes import ROOT


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
