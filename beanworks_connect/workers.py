"""How a worker process begins and ends: it hands back its work, whatever that waits for.

All workers run their tasks in threads, which cannot be interrupted. So a worker that is asked to stop gives its tasks a
moment, gives back the rows of those that still wait, and ends itself.
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

from leases import work
from wizard.gateway import leave_places

FOR_TASKS = 2.0
"""Seconds in which a task may come to a good point by itself."""
FOR_ALL = 4.0
"""Seconds until the process ends, even if the database does not answer. Supervisors wait for five and for ten."""


@celeryd_after_setup.connect
def make_room_in_pool(instance: Any, **_: Any) -> None:
    """Each thread may hold a connection, and for a moment one more that renews its lease."""
    connection.settings_dict["OPTIONS"]["pool"]["max_size"] = instance.concurrency + 10


@worker_shutting_down.connect
def stop_soon(**_: Any) -> None:
    work.is_stopping.set()
    Thread(target=_hand_back, daemon=True).start()
    Thread(target=_end, daemon=True).start()


def _hand_back() -> None:
    deadline = time.monotonic() + FOR_TASKS
    while time.monotonic() < deadline and not work.is_idle():
        time.sleep(0.05)
    # Before others learn of the rows: they need these places.
    leave_places()
    work.hand_back()


def _end() -> None:
    time.sleep(FOR_ALL)
    os._exit(0)


@task_postrun.connect
def end_when_too_large(**_: Any) -> None:
    """Python keeps most of the memory that one large reply took."""
    if not work.is_stopping.is_set() and _megabytes() > settings.WORKER_MEGABYTES:
        os.kill(os.getpid(), signal.SIGTERM)


def _megabytes() -> int:
    """The most that this process ever took; Linux counts in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
