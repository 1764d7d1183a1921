"""Measures the API: `python -m benchmarks.api --records 1000000`.

A list is streamed from the web server, beside a bare server-side cursor whose process writes the same lines. The two
take turns, and the result counts only if they return the same lines. Then all connections are read, page by page.
"""

import argparse
import gc
import hashlib
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import psycopg
import requests
from django.db import connection as database
from django.test.utils import CaptureQueriesContext, setup_test_environment
from django.utils import timezone

import tests.support.services  # noqa: F401 - starts the services and reads the settings
from accounts.models import User
from benchmarks.fleet import fleet, vacuum
from benchmarks.stage import create_profile
from core.leases import State
from smartsync.models import ListItem, RecordStream
from smartsync.services.changes import ISO
from tests.api.client import ApiClient, create_token
from tests.support.processes import answers, descendants, wait_until
from tests.support.stack import Live
from wizard.models import Connection, SyncProfile, Verification

CHECKS = 40
FAILURES = 3
PIECE = 2**20
INSERT_ITEMS = f"""
    INSERT INTO {ListItem._meta.db_table}
        (profile_id, list, key, code, name, active, fields, fingerprint, first_seen_at, changed_at, revision)
    SELECT %s, 'vendors', key, 'V' || key, 'Vendor ' || key, TRUE,
        (SELECT json_object_agg('FIELD' || number, 'value ' || key || number) FROM generate_series(1, %s) AS number),
        ''::bytea, now(), now(), 1 + key / 2000
    FROM generate_series(1, %s) AS key
"""
INSERT_FINDINGS = """
    INSERT INTO wizard_finding (verification_id, check_slug, stage, position, outcome, cause, facts, at)
    SELECT verification.id, 'right:' || number, 'user_role', number,
        CASE WHEN number <= %s THEN 'failed' ELSE 'passed' END, CASE WHEN number <= %s THEN 'right_missing' ELSE '' END,
        '{"permission": "Vendors", "module": "Accounts Payable", "rights": "List"}', now()
    FROM wizard_verification AS verification CROSS JOIN generate_series(1, %s) AS number
"""
LINES = f"""
    SELECT row_to_json(record)::text FROM (
        SELECT 'added' AS change, list, key, code, name, active, revision,
            to_char(first_seen_at AT TIME ZONE 'UTC', '{ISO}') AS first_seen_at,
            to_char(changed_at AT TIME ZONE 'UTC', '{ISO}') AS changed_at, NULL AS deleted_at, fields
        FROM {ListItem._meta.db_table} WHERE profile_id = %s AND revision >= 0 ORDER BY revision, id
    ) AS record
"""


def main(options: argparse.Namespace) -> None:
    name = database.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        support = User.objects.create_user(email="sue@beanworks.example", name="Sue", kind="support")
        os.environ["API_REQUESTS_PER_MINUTE"] = "1000000"
        with TemporaryDirectory() as folder:
            for fields in options.fields:
                with Live(Path(folder)) as live:
                    live.start()
                    wait_until(lambda: answers(live.url), "the web server answers")
                    streams(live, create_token(support), fields, options.records, options.rounds)
        connections(ApiClient(create_token(support)), options.connections)
    finally:
        database.close()
        database.creation.destroy_test_db(name, verbosity=0)


def streams(live: Live, token: str, fields: int, records: int, rounds: int) -> None:
    """Print how long both take with a list of so many fields, and how the memory of the web server grows."""
    profile = create_profile(f"{fields} fields")
    insert(profile, fields, records)
    contenders: dict[str, Callable[[], Iterable[bytes]]] = {
        "bare cursor": lambda: bare(profile),
        "API": lambda: stream(live, token, profile),
    }
    seconds: dict[str, list[float]] = {contender: [] for contender in contenders}
    digests, before = set(), memory(live)
    for _round in range(rounds):
        for contender, lines in contenders.items():
            digest, duration, size = write(lines())
            seconds[contender].append(duration)
            digests.add(digest)
    if len(digests) != 1:
        sys.exit("The lines differ.")
    middle = {contender: median(durations) for contender, durations in seconds.items()}
    print(
        f"{records:,} records, {fields} fields, {size >> 20} MB: API {middle['API']:.1f} s, "
        f"bare cursor {middle['bare cursor']:.1f} s, × {middle['bare cursor'] / middle['API']:.2f}; "
        f"web server {before} MB before, at most {memory(live)} MB since",
        flush=True,
    )


def insert(profile: SyncProfile, fields: int, records: int) -> None:
    with database.cursor() as cursor:
        cursor.execute(INSERT_ITEMS, [profile.pk, fields, records])
    RecordStream.objects.create(profile=profile, revision=1 + records // 2000)
    vacuum()


def bare(profile: SyncProfile) -> Iterator[bytes]:
    at = database.settings_dict
    address = {"host": at["HOST"], "port": at["PORT"], "user": at["USER"], "password": at["PASSWORD"]}
    with psycopg.connect(**address, dbname=at["NAME"]) as connection, connection.cursor("lines") as cursor:
        cursor.itersize = 2_000
        cursor.execute(LINES, [profile.pk])
        for [line] in cursor:
            yield f"{line}\n".encode()


def stream(live: Live, token: str, profile: SyncProfile) -> Iterator[bytes]:
    url = f"{live.url}/api/v1/sync-profiles/{profile.pk}/records.ndjson"
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
    with requests.get(url, headers=headers, stream=True, timeout=60) as response:
        response.raise_for_status()
        yield from response.iter_content(PIECE)


def write(pieces: Iterable[bytes]) -> tuple[str, float, int]:
    """Write the lines to a file. Returns their digest, the seconds, and their size."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lines"
        start = time.perf_counter()
        with path.open("wb") as file:
            file.writelines(pieces)
        duration = time.perf_counter() - start
        with path.open("rb") as file:
            digest = hashlib.sha256()
            for line in file:
                if not line.startswith(b'{"next_cursor"'):
                    digest.update(line)
        return digest.hexdigest(), duration, path.stat().st_size


def memory(live: Live) -> int:
    """Return the most memory that one process of the web server ever used, in MB."""
    statuses = [Path(f"/proc/{pid}/status").read_text() for pid in descendants(live.pid)]
    return max(int(status.partition("VmHWM:")[2].split()[0]) for status in statuses) // 1024


def connections(api: ApiClient, count: int) -> None:
    """Print how long a page of connections takes, and how many queries, while all are read."""
    fleet(count)
    setup_test_environment()
    logging.disable()
    now = timezone.now()
    Connection.objects.update(first_synced_at=None)
    Verification.objects.bulk_create(
        Verification(connection=connection, state=State.DONE, finished_at=now)
        for connection in Connection.objects.all()
    )
    with database.cursor() as cursor:
        cursor.execute(INSERT_FINDINGS, [FAILURES, FAILURES, CHECKS])
    vacuum()
    gc.freeze()  # as the web server does
    for limit in (50, 100):
        seconds, busy, queries = pages(api, limit)
        print(
            f"connections, {limit} on a page, {len(seconds)} pages: {spread(seconds)}, CPU of this process "
            f"{spread(busy)}, {min(queries)} to {max(queries)} queries",
            flush=True,
        )


def spread(seconds: list[float]) -> str:
    return f"median {median(seconds) * 1000:.0f} ms, 95th percentile {quantiles(seconds, n=20)[-1] * 1000:.0f} ms"


def pages(api: ApiClient, limit: int) -> tuple[list[float], list[float], list[int]]:
    """Read all pages. Returns the seconds of each, its seconds of CPU, and its number of queries."""
    seconds: list[float] = []
    busy: list[float] = []
    queries: list[int] = []
    cursor = ""
    api.get("/connections?limit=1")
    while cursor is not None:
        address = f"/connections?limit={limit}&cursor={cursor}"
        start, busy_before = time.perf_counter(), time.process_time()
        page = api.get(address).json()
        seconds.append(time.perf_counter() - start)
        busy.append(time.process_time() - busy_before)
        with CaptureQueriesContext(database) as captured:
            api.get(address)
        queries.append(len(captured))
        cursor = page["next_cursor"]
    return seconds, busy, queries


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--fields", type=int, nargs="+", default=[8, 40])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=10_000)
    main(parser.parse_args())
