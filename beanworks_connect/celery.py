import gc
import os
import sys

from celery import Celery
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
