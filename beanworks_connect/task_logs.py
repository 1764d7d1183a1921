"""What workers and beat log: in our own format, and which request caused a task."""

from typing import Any

from celery.signals import setup_logging, task_prerun

from core.request_ids import REQUEST_ID, set_request_id


@setup_logging.connect
def keep_format(**_: Any) -> None:
    """Do nothing. Celery would replace the handlers of the settings if no one listened to this signal."""


@task_prerun.connect
def continue_request(task_id: str, task: Any, **_: Any) -> None:
    """Give what the task logs and publishes the ID of the request that caused it; else the ID of the message."""
    set_request_id((task.request.headers or {}).get(REQUEST_ID) or task_id)
