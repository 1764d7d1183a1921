"""A list as a CSV file, at growing sizes: `python -m benchmarks.download`.

The view is read through Django's test client in this process, so that its memory is all there is to see.
"""

import sys
import time
from typing import Any, cast

from django.db import connection as database
from django.test import Client

import tests.support.services  # noqa: F401 - starts the services and reads the settings
from accounts.models import User
from benchmarks.stage import profile_made
from smartsync.models import ListRun, SyncRun

SIZES = 10_000, 100_000, 1_000_000
FIELDS = [f"FIELD{number}" for number in range(20)]
GROWN = """
    INSERT INTO smartsync_listitem
        (profile_id, list, key, code, name, active, fields, fingerprint, first_seen_at, changed_at)
    SELECT %s, 'vendors', key, 'V' || key, 'Vendor ' || key, TRUE,
        (SELECT jsonb_object_agg('FIELD' || number, 'value ' || key || number) FROM generate_series(0, 19) AS number),
        ''::bytea, now(), now()
    FROM generate_series(%s, %s) AS key
"""


def memory() -> int:
    """Of this process now, in MB."""
    with open("/proc/self/statm") as pages:  # noqa: PTH123
        return int(pages.read().split()[1]) * 4096 // 2**20


def download(client: Client, address: str) -> tuple[float, float, int, int]:
    """Seconds to the first line and to the last, lines, most memory in MB."""
    began = time.perf_counter()
    response = cast("Any", client.get(address))
    lines, most, first = 0, 0, 0.0
    for number, piece in enumerate(response):
        first = first or time.perf_counter() - began
        lines += piece.count(b"\n")
        if number % 100 == 0:
            most = max(most, memory())
    return first, time.perf_counter() - began, lines, most


def main() -> None:
    name = database.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        profile = profile_made("Northwind")
        run = SyncRun.objects.create(profile=profile, kind="full", state="done", result="complete")
        ListRun.objects.create(run=run, position=0, slug="vendors", object="VENDOR", title="Vendors", fields=FIELDS)
        client = Client(SERVER_NAME="localhost")
        client.force_login(User.objects.create_user(email="sam@beanworks.example", name="Sam", kind="support"))
        there = 0
        for size in SIZES:
            with database.cursor() as cursor:
                cursor.execute(GROWN, [profile.pk, there + 1, size])
                cursor.execute("ANALYZE smartsync_listitem")
            there = size
            first, took, lines, most = download(client, f"/smartsync/{profile.pk}/lists/vendors/csv/")
            if lines != size + 1:
                sys.exit(f"{lines - 1} records came of {size}")
            print(f"{size:>9,} records: first line {first * 1000:4.0f} ms, {size / took:8,.0f} records/s, {most} MB")
    finally:
        database.close()
        database.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
