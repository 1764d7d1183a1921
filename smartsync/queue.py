"""Messages for the workers. They are only hints: the sweeper sends a new one for each run without a lease."""

from django.conf import settings

from core.broker import broker
from core.broker import publish as send

SYNC_RUN = "smartsync.tasks.sync_run"


def publish(*pks: int) -> None:
    send(SYNC_RUN, *pks)


def waiting() -> int:
    """How many messages no worker has received yet."""
    queue: str = settings.CELERY_TASK_ROUTES[SYNC_RUN]["queue"]
    return int(broker().llen(queue))
