"""Measures how long an event takes to many endpoints: `python -m benchmarks.webhooks --silent 1`.

So many of them never answer, and one is slow. A busy machine changes the seconds, but hardly the CPU of a delivery.
"""

import argparse
from datetime import timedelta
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import quantiles
from tempfile import TemporaryDirectory
from threading import Timer

from django.db import connection as database

import tests.support.services  # noqa: F401 - starts the services and reads the settings
from accounts.models import User
from api.event_types import EventType
from api.models import WebhookDelivery
from api.webhooks.endpoints import endpoint_create
from audit.services import event_record
from beanworks_connect.heartbeat import silent_queues
from benchmarks.stage import create_profile
from local.commands import COMMANDS
from tests.support.processes import Running, wait_until
from tests.support.receiver import Receiver
from tests.support.stack import on_own_database
from wizard.models import Connection
from wizard.stages import PROFILES_STAGE

TYPE = EventType.CONNECTION_VERIFIED
"""The only type of events that endpoints get here. All types would be two events for each of them."""
SLOW = 8.0
"""Seconds until the slow endpoint answers. Attempts end after 10."""


def main(options: argparse.Namespace) -> None:
    name = database.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        support = User.objects.create_user(email="sue@beanworks.example", name="Sue", kind="support")
        with TemporaryDirectory() as folder:
            deliver(support, options.endpoints, options.silent, Path(folder))
    finally:
        database.close()
        database.creation.destroy_test_db(name, verbosity=0)


def deliver(support: User, count: int, silent_count: int, folder: Path) -> None:
    """Report one event to `count` endpoints, and print when those had it that are neither silent nor slow."""
    idle, busy = worker_cpu(support, 0, 0, folder), worker_cpu(support, count, silent_count, folder)
    print(f"the worker took {(busy - idle) / count * 1000:.1f} ms of CPU for each delivery", flush=True)


def worker_cpu(support: User, count: int, silent_count: int, folder: Path) -> float:
    """Return the seconds of CPU that a worker took from its start to its end."""
    with Receiver() as receiver, Receiver() as silent, Receiver() as slow:
        silent.is_open.clear()
        slow.is_open.clear()
        for number in range(count):
            target = silent if number < silent_count else slow if number == silent_count else receiver
            endpoint_create(actor=support, url=target.url, description="", event_types=[TYPE], customer=None)
        connection = create_profile(f"{count} webhook endpoints").connection
        Connection.objects.filter(pk=connection.pk).update(stage=PROFILES_STAGE.slug)
        before = children_cpu()
        with Running("webhooks", COMMANDS["worker-webhooks"].split(), folder, on_own_database()) as worker:
            worker.start()
            wait_until(lambda: "webhooks" not in silent_queues(), "the worker is ready")
            if count:
                Timer(SLOW, slow.is_open.set).start()
                wait_for_all(connection, count, silent_count)
        return children_cpu() - before


def wait_for_all(connection: Connection, count: int, silent_count: int) -> None:
    event = event_record(action="connection.started", actor=None, target=connection, customer_id=connection.customer_id)
    delivered = WebhookDelivery.objects.filter(delivered_at__isnull=False)
    wait_until(lambda: delivered.count() >= count - silent_count - 1, "all others have it", patience=300)
    times = delivered.exclude(milliseconds__gte=SLOW * 1000 / 2).values_list("delivered_at", flat=True)
    report(count, silent_count, sorted(at - event.occurred_at for at in times if at))


def children_cpu() -> float:
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def report(count: int, silent_count: int, times: list[timedelta]) -> None:
    seconds = [time.total_seconds() for time in times]
    print(
        f"{count:,} endpoints, {silent_count} silent, one slow: the first of the others after {seconds[0]:.1f} s, "
        f"95 of 100 after {quantiles(seconds, n=20)[-1]:.1f} s, the last after {seconds[-1]:.1f} s",
        flush=True,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoints", type=int, default=1_000)
    parser.add_argument("--silent", type=int, default=1)
    main(parser.parse_args())
