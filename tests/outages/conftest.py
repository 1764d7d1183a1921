from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.support.postgresql import PostgreSQL, own_postgresql
from tests.support.processes import answering_processes, wait_until
from tests.support.stack import Live

from .visitor import create_administrator


@pytest.fixture(scope="session")
def postgresql(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[PostgreSQL]:
    """A PostgreSQL for these tests. Their modules run in a random order among others, so it lasts for the session."""
    with own_postgresql() as own:
        with own.used_here(), django_db_blocker.unblock():
            create_administrator()
        yield own


@pytest.fixture(scope="session")
def web(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A web server with its own database and without a broker: other tests' workers would get its messages."""
    place = {"DATABASE_URL": postgresql.url, "REDIS_URL": "redis://127.0.0.1:1"}
    with Live(tmp_path_factory.mktemp("web"), 2, **place) as web:
        web.start()
        # Either may be killed while the other must answer.
        wait_until(lambda: answering_processes(web) == 2, "both processes answer")
        yield web
