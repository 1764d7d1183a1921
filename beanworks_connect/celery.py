import gc
import os
import sys
from contextlib import suppress
from typing import Any

from celery import Celery, bootsteps
from celery.signals import worker_init, worker_ready

from beanworks_connect import error_tracker, tracing
from core.encryption import key_marks
from core.key_reports import report_from_now_on

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "beanworks_connect.settings")

SWITCH = 0.001
"""Seconds that a thread computes while others wait (Python's own default is 0.005).

A thread that waits for Intacct's reply must not wait long for a thread that computes.
"""

app = Celery("beanworks_connect")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class LostConnections(bootsteps.StartStopStep):
    """Closes what a worker still has of a connection to the broker that it lost.

    Celery gives up closing a connection at its first error. Then a channel with its socket stays open, and the event
    loop calls the connection's transport forever: each restart of the broker left an open file.
    """

    requires = ("celery.worker.consumer.connection:Connection",)
    transport: Any = None

    def start(self, consumer: Any) -> None:
        # Not in `stop`, which also comes before the worker waits for its last tasks and acknowledges their messages.
        for channel in [*self.transport.channels] if self.transport else ():
            with suppress(*self.transport.connection_errors):
                channel.close()
        self.transport = consumer.connection.transport

    def stop(self, consumer: Any) -> None:
        # Workers have threads, so only transports are in it. The next one adds itself.
        consumer.hub.on_tick.clear()


app.steps["consumer"].add(LostConnections)


@worker_init.connect
def set_switch_interval(**_: object) -> None:
    sys.setswitchinterval(SWITCH)


@worker_init.connect
def start_reports(**_: object) -> None:
    tracing.start("worker")
    error_tracker.start()


@worker_ready.connect
def freeze_loaded_objects(**_: object) -> None:
    """Exclude what is loaded by now from garbage collection: it lives as long as the process.

    Otherwise each full collection looks at all of it, and stops all threads for 40 ms: twice in 100,000 records.
    """
    gc.collect()
    gc.freeze()


@worker_ready.connect
def report_keys(**_: object) -> None:
    report_from_now_on(key_marks())
