"""The export of a customer with growing numbers of records: `python -m benchmarks.export`.

The worker's code runs in this process, so that this process's memory is what is measured, every 10 ms.
"""

import time
from threading import Event, Thread

from django.db import connection as database

import tests.support.services  # noqa: F401 - starts the services and reads the settings
from accounts.models import User
from benchmarks.download import INSERT_ITEMS, memory
from benchmarks.stage import create_profile
from operations.export import export_request
from operations.models import CustomerExport
from operations.tasks import export_run

SIZES = 2_000, 50_000, 200_000, 400_000


class Peak(Thread):
    """Remembers the most memory that this process used, in MB."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most, self.ended = 0, Event()

    def run(self) -> None:
        while not self.ended.wait(0.01):
            self.most = max(self.most, memory())


def main() -> None:
    name = database.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        profile = create_profile("Northwind")
        sam = User.objects.create_user(email="sam@beanworks.example", name="Sam", kind="support")
        existing = 0
        for size in SIZES:
            with database.cursor() as cursor:
                cursor.execute(INSERT_ITEMS, [profile.pk, existing + 1, size])
            existing = size
            print(measure(export_request(customer=profile.connection.customer, actor=sam)))
    finally:
        database.creation.destroy_test_db(name, verbosity=0)


def measure(export: CustomerExport) -> str:
    peak = Peak()
    peak.start()
    start, cpu = time.perf_counter(), time.process_time()
    export_run(export.pk)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak.ended.set()
    export.refresh_from_db()
    assert export.is_available, export.failure
    size = export.size / 2**20
    return f"{export.rows:,} rows written: {seconds:.1f} s ({cpu:.1f} s CPU), {size:.1f} MB, peak {peak.most} MB"


if __name__ == "__main__":
    main()
