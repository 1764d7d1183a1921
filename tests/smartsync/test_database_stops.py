"""PostgreSQL is killed while a page is written. What was committed counts, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.support.postgresql import PostgreSQL, own_postgresql
from tests.support.processes import wait_until
from tests.support.stack import Worker, drop_messages

from .company import Company
from .test_kills import change_company, held_up, trap  # noqa: F401 - a fixture
from .test_worker import assert_in_step, is_done

pytestmark = pytest.mark.django_db(transaction=True)

# As in production: commits are written to disk.
SETTINGS = b"ALTER ROLE CURRENT_USER SET synchronous_commit = on;"


@pytest.fixture
def postgresql(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgreSQL]:
    """Use a database in a separate PostgreSQL server for this test."""
    with own_postgresql(SETTINGS) as own, own.used_here():
        monkeypatch.setenv("DATABASE_URL", own.url)
        yield own


@pytest.mark.parametrize("step", ["copy the rest of a page", "commit a page"])
def test_run_completes_after_postgresql_is_killed_within_a_page(
    postgresql: PostgreSQL,
    company: Company,
    trap: None,  # noqa: F811
    tmp_path: Path,
    step: str,
) -> None:
    change_company(company)
    drop_messages()
    with Worker(tmp_path) as worker:
        worker.start()
        with held_up(step, company) as run:
            postgresql.restart()
        connection.close()
        wait_until(lambda: is_done(run), "the run is done")
        worker.settle()
    assert run.attempts > 1
    assert_in_step(company, run)
