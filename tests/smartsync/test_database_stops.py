"""PostgreSQL stopped in the midst of a page, without a chance to tidy up: what was committed counts, and no more."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.support.postgresql import PostgreSQL, own_postgresql
from tests.support.processes import wait_until
from tests.support.stack import Worker, drop_messages

from .company import Company
from .test_kills import changed, held_up, trap  # noqa: F401 - a fixture
from .test_worker import assert_in_step, is_done

pytestmark = pytest.mark.django_db(transaction=True)

# As in life: what was committed has reached the disk.
SETTINGS = b"ALTER ROLE CURRENT_USER SET synchronous_commit = on;"


@pytest.fixture
def postgresql(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgreSQL]:
    """This test's database is one in a PostgreSQL of its own."""
    with own_postgresql(SETTINGS) as own, own.used_here():
        monkeypatch.setenv("DATABASE_URL", own.url)
        yield own


@pytest.mark.parametrize("step", ["copy the rest of a page", "commit a page"])
def test_postgresql_stopped_in_the_midst_of_a_page(
    postgresql: PostgreSQL,
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
            postgresql.restart()
        connection.close()
        wait_until(lambda: is_done(run), "the run is done")
        worker.settle()
    assert run.attempts > 1
    assert_in_step(company, run)
