"""The tests' database: its tables are a copy of what an earlier run of the tests migrated.

To migrate takes nine seconds of CPU time, to copy a few tenths. The copy is used until a migration, or a model that
migrations import, changes. A new clone has no copy, so the first of its test processes runs the migrations. The others
wait for it.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.db import connection
from django.db.backends.postgresql.creation import DatabaseCreation

from .postgresql import run_program
from .processes import ROOT

FOLDER = ROOT / "var" / "tests"
SOURCES = ("migrations/*.py", "models.py", "models/*.py", "folded_names.py")


class CopiedDatabase(DatabaseCreation):
    """Fills the new database before Django migrates it, which then has nothing to do."""

    def _create_test_db(self, *args: Any, **kwargs: Any) -> str:
        name: str = super()._create_test_db(*args, **kwargs)  # type: ignore[misc]  # django-stubs lack it
        if (copy := copy_of_tables()).exists():
            place = self.connection.settings_dict | {"NAME": name}
            run_program("psql", place, "--set=ON_ERROR_STOP=1", sent=copy.read_bytes())
        return name

    def create_test_db(self, *args: Any, **kwargs: Any) -> str:
        with one_process():
            name = super().create_test_db(*args, **kwargs)
            if not copy_of_tables().exists():
                save(run_program("pg_dump", self.connection.settings_dict, "--no-owner"))
        return name

    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        """Drop it also while a thread that a test has ended still has a connection, until it is collected."""
        name = self.connection.ops.quote_name(test_database_name)
        with self._nodb_cursor() as cursor:  # type: ignore[attr-defined]  # django-stubs lack it
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def one_process() -> Iterator[None]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def copy_of_tables() -> Path:
    digest = sha256(django.__version__.encode())
    for path in sources():
        digest.update(path.read_bytes())
    return FOLDER / f"{digest.hexdigest()}.sql"


def sources() -> Iterator[Path]:
    """Yield what decides about the tables, of our apps and of libraries."""
    for app in apps.get_app_configs():
        for pattern in SOURCES:
            yield from sorted(Path(app.path).glob(pattern))


def save(tables: bytes) -> None:
    """Save the copy, and delete older ones."""
    for older in FOLDER.glob("*.sql"):
        older.unlink()
    unfinished = FOLDER / "unfinished"
    unfinished.write_bytes(tables)
    unfinished.rename(copy_of_tables())


def copy_migrated_tables() -> None:
    connection.creation = CopiedDatabase(connection)
