"""Messages for the workers. They are hints only: the sweeper sends again what nobody works on."""

from django.conf import settings

from core.broker import broker
from core.broker import publish as send

SYNC_RUN = "smartsync.tasks.sync_run"


def publish(*pks: int) -> None:
    send(SYNC_RUN, *pks)


def waiting() -> int:
    """How many messages nobody has taken yet."""
    queue: str = settings.CELERY_TASK_ROUTES[SYNC_RUN]["queue"]
    return int(broker().llen(queue))
