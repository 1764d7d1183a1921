"""Measures what a night costs one connection: `python -m benchmarks.night --nights 10`.

Nothing has changed in the practice company. A night is one incremental sync, which begins with a verification. Counted
are the rows inserted, by table, the statements, and the CPU time of this process and of PostgreSQL. To compare two
versions, run them in turns.
"""

import argparse
import time
from datetime import timedelta
from statistics import median

from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks.cpu import server_seconds
from benchmarks.stage import create_company, create_profile, set_up, stored_rows
from smartsync.models import SyncRun
from smartsync.services import run_start
from smartsync.services.work import run_advance
from wizard.models import Connection, SyncProfile, Verification


def main(options: argparse.Namespace) -> None:
    with set_up() as practice:
        create_company(practice, options.vendors)
        profile = create_profile("Northwind")
        Connection.objects.update(credentials_saved_at=timezone.now() - timedelta(days=30))
        sync(profile, "full")
        night(profile)
        before = stored_rows()
        nights = [night(profile) for _ in range(options.nights)]
        rows = {table: count / options.nights for table, count in (stored_rows() - before).items() if count}
        print(f"rows inserted in a night: {sum(rows.values()):g} {rows}")
        print(f"statements: {median(statements for statements, _own, _database in nights):g}")
        print(f"CPU of this process: {1000 * median(own for _statements, own, _database in nights):.0f} ms")
        print(f"CPU of PostgreSQL: {1000 * sum(cpu for *_others, cpu in nights) / options.nights:.0f} ms")


def night(profile: SyncProfile) -> tuple[int, float, float]:
    """Return the number of statements, and seconds of CPU of both processes."""
    # So long ago that the sync verifies the connection first.
    Verification.objects.update(created_at=timezone.now() - timedelta(hours=1))
    own, postgres = time.process_time(), server_seconds()
    with CaptureQueriesContext(database) as queries:
        sync(profile, "partial")
    return len(queries), time.process_time() - own, server_seconds() - postgres


def sync(profile: SyncProfile, kind: str) -> None:
    run = run_start(profile=profile, kind=kind, actor=None)
    while claimed := SyncRun.objects.claim(run.pk):
        run_advance(claimed)
    assert SyncRun.objects.get(pk=run.pk).result == SyncRun.Result.COMPLETE


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, default=10)
    parser.add_argument("--vendors", type=int, default=200)
    main(parser.parse_args())
