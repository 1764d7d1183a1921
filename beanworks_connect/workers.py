"""How a worker process starts and ends. When it ends, it hands back its work, even if that work is waiting.

All workers run their tasks in threads, which cannot be interrupted. So a worker that must stop gives its tasks a
moment, hands back the rows of those that are still waiting, and ends its own process.
"""

import os
import resource
import signal
import time
from threading import Thread
from typing import Any

from celery.signals import celeryd_after_setup, task_postrun, worker_shutting_down
from django.conf import settings
from django.db import connection

from beanworks_connect import error_tracker, tracing
from core import work
from wizard.services.sessions import leave_places

FOR_TASKS = 2.0
"""Seconds in which a task may finish its current step."""
FOR_ALL = 4.0
"""Seconds until the process ends, even if the database does not answer. Supervisors wait for five or ten seconds."""


@celeryd_after_setup.connect
def make_room_in_pool(instance: Any, **_: Any) -> None:
    """Set the pool size. Each thread may hold a connection, and for a moment one more that renews its lease."""
    connection.settings_dict["OPTIONS"]["pool"]["max_size"] = instance.concurrency + 10


@celeryd_after_setup.connect
def allow_many_sockets(**_: Any) -> None:
    """Allow this process as many files as its system does: hundreds of receivers of webhooks may be silent at once."""
    _soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@celeryd_after_setup.connect
def limit_idle_transactions(**_: Any) -> None:
    """Let PostgreSQL end a transaction in which this worker does nothing for as long as a lease lasts.

    A worker that hangs within a transaction, or whose machine is paused, keeps its locks: each message about the same
    Intacct company then occupied one more thread of the other workers, until none was left for any customer.
    """
    options = f"-c idle_in_transaction_session_timeout={settings.LEASE_SECONDS}s"
    connection.settings_dict["OPTIONS"]["options"] = options


@worker_shutting_down.connect
def stop_soon(**_: Any) -> None:
    work.is_stopping.set()
    Thread(target=_hand_back, daemon=True).start()
    Thread(target=_end, daemon=True).start()


def _hand_back() -> None:
    deadline = time.monotonic() + FOR_TASKS
    while time.monotonic() < deadline and not work.is_idle():
        time.sleep(0.05)
    # First give back the request slots: the workers that get the rows need them.
    leave_places()
    work.hand_back()
    # Last: a collector that does not answer must not keep work from others.
    tracing.stop()
    error_tracker.stop()


def _end() -> None:
    time.sleep(FOR_ALL)
    os._exit(0)


@task_postrun.connect
def end_when_too_large(**_: Any) -> None:
    """End a worker that has grown too large. Python keeps most of the memory that one large reply took."""
    if not work.is_stopping.is_set() and _megabytes() > settings.WORKER_MEGABYTES:
        os.kill(os.getpid(), signal.SIGTERM)


def _megabytes() -> int:
    """Return the largest amount of memory this process ever used. Linux counts in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
