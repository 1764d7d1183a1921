"""Send messages to workers. A message is only a hint that a row of work is due.

The row in the database is the work, and the sweepers send a message again for every row that is due and not leased. So
a message that the broker does not take is dropped, and a message that is delivered twice does no harm.
"""

import logging
from collections.abc import Sequence
from functools import partial

import redis
from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import KombuError
from kombu.transport.redis import Channel

from core.broker import broker
from core.request_ids import REQUEST_ID, request_id

log = logging.getLogger(__name__)

SOON, LATER = 0, 9
"""Priorities of messages. Workers take a message for work that no user waits for after all others."""


def publish(task: str, *pks: int, priority: int = SOON) -> None:
    """Send one message per row when the current transaction commits; at once if there is none.

    The broker's failures are logged, never raised, and delay the caller by at most a second in all.

    task: the dotted name of a Celery task, so that services need not import their tasks, which import them.
    pks: the keys of the rows. priority: SOON or LATER.
    """
    # Not before the commit: a worker that gets the message earlier does not see the row.
    transaction.on_commit(partial(_send, task, [[pk] for pk in pks], priority))


def publish_together(task: str, pks: Sequence[int], most: int) -> None:
    """Send messages like `publish`, each for up to `most` rows: for work that is cheaper for many rows at once."""
    transaction.on_commit(partial(_send, task, [pks[at : at + most] for at in range(0, len(pks), most)], SOON))


def waiting_messages(task: str) -> int:
    """Return how many messages of the task's queue no worker has received yet; 0 if the broker does not answer."""
    queue: str = settings.CELERY_TASK_ROUTES[task]["queue"]
    try:
        return queue_length(queue)
    except redis.RedisError:
        return 0


def queue_length(queue: str) -> int:
    """Return how many messages of the queue no worker has received yet. Raises redis.RedisError."""
    return sum(int(broker().llen(key)) for key in queue_keys(queue))


def queue_keys(queue: str) -> list[str]:
    """Return the broker's lists with the queue's messages, one for each priority, the first one first."""
    return [queue, f"{queue}{Channel.sep}{LATER}"]


def _send(task: str, messages: Sequence[Sequence[int]], priority: int) -> None:
    try:
        for pks in messages:
            # Celery's own time-outs, connections and retries wait longer than a page may. So it is used only
            # while the broker answers a ping, which waits for less than a second.
            broker().ping()
            # With the ID of the request, so that the log shows what a click caused.
            current_app.send_task(task, list(pks), headers={REQUEST_ID: request_id()}, priority=priority)
    except (redis.RedisError, KombuError) as error:
        log.warning("%s(%s) is left to the sweeper: the broker did not take it: %s", task, pks, error)
