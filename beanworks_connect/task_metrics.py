"""Measure the tasks of a worker."""

from time import monotonic
from typing import Any

from celery.signals import task_postrun, task_prerun
from celery.states import FAILURE

from core.metrics import TASK_ERRORS, TASK_SECONDS


@task_prerun.connect
def note_start(task: Any, **_: Any) -> None:
    task.request.began = monotonic()


@task_postrun.connect
def measure_task(task: Any, state: str | None, **_: Any) -> None:
    TASK_SECONDS.labels(task.name).observe(monotonic() - task.request.began)
    if state == FAILURE:
        TASK_ERRORS.labels(task.name).inc()
