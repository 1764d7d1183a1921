"""Messages for the workers. They are hints only: the sweeper sends again what nobody works on."""

import logging
from functools import cache

import redis
from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def publish(*pks: int) -> None:
    """Never fails: a person's request does not hang on the broker."""
    try:
        for pk in pks:
            current_app.send_task("smartsync.tasks.sync_run", [pk])
    except OperationalError:
        log.warning("The broker does not answer; the sweeper will send sync run %s later", pk)


def waiting() -> int:
    """How many messages nobody has taken yet."""
    queue: str = settings.CELERY_TASK_ROUTES["smartsync.tasks.sync_run"]["queue"]
    return int(_broker().llen(queue))


@cache
def _broker() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL)
