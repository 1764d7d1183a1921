"""A list as a CSV file, at growing sizes: `python -m benchmarks.download`.

The view is called with Django's test client in this process, so that this process's memory is what is measured.
"""

import sys
import time
from typing import Any, cast

from django.db import connection as database
from django.test import Client

import tests.support.services  # noqa: F401 - starts the services and reads the settings
from accounts.models import User
from benchmarks.stage import create_profile
from smartsync.models import ListRun, SyncRun

SIZES = 10_000, 100_000, 1_000_000
FIELDS = [f"FIELD{number}" for number in range(20)]
INSERT_ITEMS = """
    INSERT INTO smartsync_listitem
        (profile_id, list, key, code, name, active, fields, fingerprint, first_seen_at, changed_at)
    SELECT %s, 'vendors', key, 'V' || key, 'Vendor ' || key, TRUE,
        (SELECT jsonb_object_agg('FIELD' || number, 'value ' || key || number) FROM generate_series(0, 19) AS number),
        ''::bytea, now(), now()
    FROM generate_series(%s, %s) AS key
"""


def memory() -> int:
    """The memory that this process uses now, in MB."""
    with open("/proc/self/statm") as pages:  # noqa: PTH123
        return int(pages.read().split()[1]) * 4096 // 2**20


def download(client: Client, address: str) -> tuple[float, float, int, int]:
    """Seconds to the first line and to the last, number of lines, and peak memory in MB."""
    start = time.perf_counter()
    response = cast("Any", client.get(address))
    lines, most, first = 0, 0, 0.0
    for number, piece in enumerate(response):
        first = first or time.perf_counter() - start
        lines += piece.count(b"\n")
        if number % 100 == 0:
            most = max(most, memory())
    return first, time.perf_counter() - start, lines, most


def main() -> None:
    name = database.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        profile = create_profile("Northwind")
        run = SyncRun.objects.create(profile=profile, kind="full", state="done", result="complete")
        ListRun.objects.create(run=run, position=0, slug="vendors", object="VENDOR", title="Vendors", fields=FIELDS)
        client = Client(SERVER_NAME="localhost")
        client.force_login(User.objects.create_user(email="sam@beanworks.example", name="Sam", kind="support"))
        existing = 0
        for size in SIZES:
            with database.cursor() as cursor:
                cursor.execute(INSERT_ITEMS, [profile.pk, existing + 1, size])
                cursor.execute("ANALYZE smartsync_listitem")
            existing = size
            first, seconds, lines, peak = download(client, f"/smartsync/{profile.pk}/lists/vendors/csv/")
            if lines != size + 1:
                sys.exit(f"{lines - 1} records came of {size}")
            print(f"{size:>9,} records: first line {first * 1000:4.0f} ms, {size / seconds:8,.0f} records/s, {peak} MB")
    finally:
        database.close()
        database.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
