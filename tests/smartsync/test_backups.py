"""A backup is made under load, everything is lost, and the product goes on with what is restored."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
import pytest
import requests
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from api.scopes import Scope
from audit.anchors import write_anchors
from audit.models import AuditEvent
from audit.services import event_record
from beanworks_connect import VERSION
from beanworks_connect.backups import (
    DUMP,
    MANIFEST,
    BackupFailed,
    Manifest,
    _program,
    code_schema,
    make_backup,
    mismatches,
    remove_old,
    restore_backup,
    server_version,
)
from core.encryption import key_marks
from core.models import Backup
from core.queue_states import QUEUES
from local.commands import WORKER
from smartsync.models import ListItem, SyncRun
from smartsync.services import run_start
from tests.api.client import create_token
from tests.support.postgresql import PLACE, reconnect
from tests.support.processes import ROOT, Running, answers, wait_until
from tests.support.stack import Live, Worker, on_own_database
from tests.support.valkey import own_valkey
from wizard.verification.secrets import secret_open

from .company import Company
from .conftest import PASSWORD
from .test_mirror import Mirror, stored
from .test_worker import assert_in_step, is_done, is_held_up

RESTORED = "restored_drill"


def manage(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *arguments, "--skip-checks"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


@contextmanager
def load(company: Company) -> Iterator[None]:
    """Write while the backup is made."""
    stop, writing = Event(), Event()

    def write() -> None:
        while not stop.is_set():
            event_record(
                action="credentials.unlocked", actor=company.actor, target=company.profile.connection,
                customer_id=company.profile.connection.customer_id, user="Beanworks",
            )  # fmt: skip
            writing.set()
        connection.close()

    thread = Thread(target=write)
    thread.start()
    try:
        writing.wait(10)
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def empty_database() -> Iterator[dict[str, str]]:
    """Create it beside the tests' own, and yield the environment of processes that use it."""
    own = on_own_database()
    name = connection.settings_dict["NAME"]
    execute(f"CREATE DATABASE {RESTORED}")
    try:
        yield own | {"DATABASE_URL": own["DATABASE_URL"].replace(name, RESTORED)}
    finally:
        execute(f"DROP DATABASE {RESTORED} WITH (FORCE)")


def slow_program(folder: Path) -> dict[str, str]:
    """Make `pg_restore` lose the connections that are idle while it works, as a firewall does if it takes hours."""
    program = _program("pg_restore")
    script = folder / "pg_restore"
    script.write_text(
        f"""#!{sys.executable}
import os, psycopg, sys
with psycopg.connect() as own:
    own.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()")
os.execv({program!r}, [{program!r}, *sys.argv[1:]])
"""
    )
    script.chmod(0o700)
    return {"PG_BIN": str(folder)}


@contextmanager
def used_here(name: str) -> Iterator[None]:
    own = {key: connection.settings_dict[key] for key in PLACE}
    reconnect(own | {"NAME": name})
    try:
        yield
    finally:
        reconnect(own)


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@contextmanager
def started(processes: Sequence[Running]) -> Iterator[None]:
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.kill9()


@pytest.mark.django_db(transaction=True)
def test_everything_goes_on_after_a_loss_and_a_restore(
    company: Company, worker: Worker, live: Live, support: User, tmp_path: Path
) -> None:
    token = create_token(support, Scope.READ_RECORDS)
    mirror = Mirror(live.url, company, token, tmp_path / "copy.db")
    company.control("fault", name="stalled", after=6)
    run = run_start(profile=company.profile, kind="full", actor=company.actor)
    wait_until(lambda: ListItem.objects.exists() and is_held_up(company, run), "the sync is in the middle of its lists")
    assert write_anchors()
    Session.objects.create(session_key="of the backup", expire_date="2100-01-01T00:00Z")

    with load(company):
        made = manage(on_own_database(), "backup", str(tmp_path / "backups"), "--keep", "1")

    assert made.returncode == 0, made.stderr
    [backup] = (tmp_path / "backups").iterdir()
    assert Backup.objects.get().place == str(backup)
    company.calm()
    wait_until(lambda: is_done(run), "the sync ends after the backup")
    mirror.finish()
    cursor = mirror.query("SELECT cursor FROM place")[0][0]
    worker.kill9()
    company.free_slots()

    with empty_database() as environment:
        done = manage(environment | slow_program(tmp_path), "restore", str(backup))
        assert done.returncode == 0, done.stderr
        assert "RECORDS_GENERATION" in done.stdout

        with used_here(RESTORED):
            assert_restored_as_it_was(company, run)
            assert_syncs_and_readers_go_on(company, run, environment, mirror, cursor, tmp_path)


def assert_restored_as_it_was(company: Company, run: SyncRun) -> None:
    call_command("verify_audit")
    assert AuditEvent.objects.filter(action="credentials.unlocked").exists()
    assert AuditEvent.objects.latest("pk").action == "database.restored"
    assert secret_open(company.profile.connection, "password").reveal() == PASSWORD
    assert not Session.objects.exists()
    run.refresh_from_db()
    assert run.is_active
    assert last_run_number() >= run.pk + 1000, "a number is given twice"


def last_run_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM pg_sequences WHERE sequencename = 'smartsync_syncrun_id_seq'")
        return int(cursor.fetchone()[0])


def assert_syncs_and_readers_go_on(
    company: Company, run: SyncRun, environment: dict[str, str], mirror: Mirror, cursor: str, folder: Path
) -> None:
    requests_of_whole_sync = len(company.requests())
    command = f"{WORKER} restored@%h --queues {','.join(QUEUES)} --concurrency 8 --beat".split()

    with own_valkey() as valkey:
        own = {"DATABASE_URL": environment["DATABASE_URL"], "REDIS_URL": valkey.url}
        web = Live(folder, RECORDS_GENERATION="after the restore", **own)
        with started([web, Running("restored", command, folder, environment | own)]):
            wait_until(lambda: is_done(run), "the sync resumed")
            assert run.attempts > 1
            assert len(company.requests()) < 2 * requests_of_whole_sync, "it read again what was stored"
            assert_in_step(company, run)
            call_command("verify_audit")

            wait_until(lambda: answers(web.url), "the web server answers")
            assert requests.get(f"{web.url}/readyz", timeout=30).ok
            address = f"{web.url}/api/v1/sync-profiles/{company.profile.pk}/records"
            headers = {"Authorization": f"Bearer {mirror.environment['TOKEN']}"}
            answer = requests.get(address, {"cursor": cursor}, headers=headers, timeout=30)
            assert (answer.status_code, answer.json()["code"]) == (410, "cursor_too_old")
            mirror.command[2] = web.url
            assert mirror.finish() == stored(company)


@pytest.mark.django_db(transaction=True)
def test_backup_has_the_rows_of_a_table_that_a_migration_rewrites(tmp_path: Path) -> None:
    """In a snapshot from before the rewrite the table is empty, and the count agreed with the dump."""
    with psycopg.connect(**connection.get_connection_params()) as migration, ThreadPoolExecutor() as threads:
        Backup.objects.create(pk=Backup.ONLY, place="x", size=1, made_at=timezone.now())
        migration.execute("ALTER TABLE core_backup ALTER COLUMN size TYPE bigint USING size + 1")
        backup = threads.submit(make_backup_in_a_thread, tmp_path)
        wait_until(is_waiting_for_a_lock, "the backup waits for the migration")
        migration.commit()

        assert backup.result().rows["core_backup"] == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_backup_that_is_stopped_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    """The program that it runs went on, with its locks, and the unfinished folder stayed."""
    command = [sys.executable, "manage.py", "backup", str(tmp_path), "--skip-checks"]
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("LOCK TABLE core_backup")
        with subprocess.Popen(command, cwd=ROOT, env=on_own_database(), stderr=subprocess.DEVNULL) as backup:
            wait_until(is_waiting_for_a_lock, "the backup waits")
            backup.send_signal(number)

    assert backup.returncode
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_backup_counts_if_an_older_one_cannot_be_removed(tmp_path: Path) -> None:
    """A folder can have bytes that are not UTF-8. Both ended the command with lines of code."""
    folder = tmp_path / os.fsdecode(b"Sauvegardes \xe9t\xe9")
    folder.mkdir()
    (folder / "2020-01-01T000000Z").symlink_to(tmp_path)

    ended = manage(on_own_database(), "backup", str(folder), "--keep=1")

    assert ended.stderr.startswith("CommandError: The backup was made, but not all older ones could be removed")
    assert Backup.objects.get().place.startswith(str(tmp_path))


def make_backup_in_a_thread(folder: Path) -> Manifest:
    try:
        return make_backup(folder)[1]
    finally:
        connection.close()


def is_waiting_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
        return bool(cursor.fetchall())


@pytest.fixture
def manifest(db: None) -> Manifest:
    """That of a backup of this version and database."""
    dump = hashlib.sha256(b"dump").hexdigest()
    return Manifest("2026-11-29T22:00:00+00:00", VERSION, server_version(), code_schema(), key_marks(), dump, 4, {})


def write(folder: Path, manifest: Manifest) -> None:
    (folder / DUMP).write_bytes(b"dump")
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest)))


def test_manifest_names_what_does_not_fit(manifest: Manifest) -> None:
    assert list(mismatches(manifest)) == []

    other = replace(
        manifest,
        version="0.0.9",
        postgresql=990_000,
        schema=manifest.schema | {"mail": "0001_initial"},
        keys=["lost=1"],
    )

    problems = "\n".join(mismatches(other))
    for text in ("version 0.0.9", "migrations: mail.", "PostgreSQL 99", "lacks lost,"):
        assert text in problems


def test_only_the_newest_backups_stay(tmp_path: Path) -> None:
    """What a killed backup left goes with those that are older than all that stay. Other folders are not ours.

    What is dated later was made while the clock was wrong. The newest backup went at once, because it counted as older.
    """
    newest = "2026-11-29T220000Z"
    stay = [
        "2026-11-28T220000Z",
        "2026-11-28T230000Z.unfinished",
        newest,
        "2026-11-before-upgrade",
        "2099-01-01T220000Z",
    ]
    for name in [*stay, "2026-11-26T220000Z", "2026-11-27T220000Z.unfinished"]:
        (tmp_path / name).mkdir()
        (tmp_path / name / DUMP).touch()

    assert remove_old(tmp_path / newest, keep=2) == 2

    assert sorted(folder.name for folder in tmp_path.iterdir()) == stay


def test_damaged_or_incomplete_backup_is_never_restored(manifest: Manifest, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="is not a backup"):
        restore_backup(tmp_path, force=True)

    wrong: list[dict[str, Any]] = [{"keys": None}, {"rows": []}, {"made_at": "yesterday"}]
    for values in wrong:
        write(tmp_path, replace(manifest, **values))
        with pytest.raises(BackupFailed, match="is not a backup"):
            restore_backup(tmp_path, force=True)

    write(tmp_path, replace(manifest, sha256="0"))
    with pytest.raises(BackupFailed, match="damaged"):
        restore_backup(tmp_path, force=True)


def test_role_that_does_not_exist_is_noticed_before_hours_of_restoring(
    manifest: Manifest, tmp_path: Path, settings: Settings
) -> None:
    """The rights came last: after a mistake in the name, the restore had to be repeated in another database."""
    write(tmp_path, manifest)
    settings.PRODUCT_ROLE = "mistyped"

    with pytest.raises(BackupFailed, match="mistyped"):
        restore_backup(tmp_path, force=True)


def test_database_with_tables_is_never_overwritten(manifest: Manifest, tmp_path: Path) -> None:
    write(tmp_path, manifest)

    with pytest.raises(BackupFailed, match="not empty"):
        restore_backup(tmp_path, force=True)
