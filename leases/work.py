"""How work on a row goes on and ends: every kind of work is capped, says why it ended, and someone is notified."""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from celery import current_task
from celery.exceptions import Reject
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from core.broker import publish
from leases import LeasedRow, LeasedRowQuerySet, LeaseLost, Row

log = logging.getLogger(__name__)
is_stopping = Event()
"""Set when this process is about to end. Whatever can stop between two steps looks at it."""
_in_hand: dict[LeasedRow, str] = {}
"""What this process works on, with the name of the task that does."""

MOST_FAILURES = 5
"""Attempts in a row that brought nothing; after these, work is given up."""
KILLED = "The worker stopped"


def work_on(
    rows: LeasedRowQuerySet[Row],
    pk: int,
    work: Callable[[Row], object],
    *,
    end: Callable[[Row], object],
    notify: Callable[[Row], object],
) -> None:
    """Claim the row and do `work` on it, unless it is not due.

    When `work` raises something unforeseen, the row is tried again later. When this has happened MOST_FAILURES times,
    or as many workers were killed at it, `end` ends the row, which says in `failure` what the last one failed with.
    It should do no more than that: what else might fail, such as emails, is done by `notify`.
    """
    if is_stopping.is_set():
        # The message came when this process was about to end: it is left to another worker.
        raise Reject("stopping", requeue=True)
    row = rows.claim_turn(pk)
    if row is None:
        return

    name = f"{row._meta.verbose_name} {pk}"
    try:
        if row.failures > MOST_FAILURES:
            row.failure = row.failure or KILLED
            _give_up(row, end, notify)
        else:
            with held_in_hand(row, current_task.name if current_task else ""):
                work(row)
    except LeaseLost:
        log.info("Another worker has taken over %s", name)
    except Exception as error:
        log.exception("Attempt %s at %s failed", row.attempts, name)
        if not connection.in_atomic_block:
            # A broken connection could not even note what happened.
            connection.close_if_unusable_or_obsolete()
        try:
            _note_failure(row, _where(error), end, notify)
        except Exception:
            log.exception("%s stays as it is until its lease ends", name)


@contextmanager
def held_in_hand(row: LeasedRow, task: str) -> Iterator[None]:
    """While this process works on a row it has claimed, of which `task` is the work: see `hand_back`."""
    _in_hand[row] = task
    try:
        yield
    finally:
        _in_hand.pop(row, None)


def is_idle() -> bool:
    return not _in_hand


def hand_back() -> None:
    """Give back all that this process works on, so that another goes on with it at once.

    For the end of a process whose threads wait for an answer and cannot be interrupted. Should one of them go on after
    this, it finds at its next write that it has lost its lease.
    """
    for row, task in list(_in_hand.items()):
        try:
            row.release()
        except (LeaseLost, DatabaseError):
            continue
        log.info("Handed back %s %s", row._meta.verbose_name, row.pk)
        if task:
            publish(task, row.pk)


def _note_failure(row: Row, failure: str, end: Callable[[Row], object], notify: Callable[[Row], object]) -> None:
    if row.failures != MOST_FAILURES:
        row.retry_later(failure)
        return

    row.failure = failure
    _give_up(row, end, notify)


@transaction.atomic
def _give_up(row: Row, end: Callable[[Row], object], notify: Callable[[Row], object]) -> None:
    row.hold()
    end(row)
    log.error("%s %s was given up: %s", row._meta.verbose_name, row.pk, row.failure)

    try:
        with transaction.atomic():
            notify(row)
    except Exception:
        # What made the work fail may make this fail as well; the row has to end all the same.
        log.exception("Nobody could be told about %s %s", row._meta.verbose_name, row.pk)


def _where(error: Exception) -> str:
    """The kind of error and the line of ours that it left; no values, since they may be a customer's."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _is_ours(frame.filename)]
    place = f" at {Path(ours[-1].filename).relative_to(settings.BASE_DIR)}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{place}"[:200]


def _is_ours(filename: str) -> bool:
    path = Path(filename)
    return path.is_relative_to(settings.BASE_DIR) and "site-packages" not in path.parts
