"""Do the work of a row and make it end: attempts are limited, the reason for the end is saved, users are notified."""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

from celery.exceptions import Reject
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from core.leases import LeasedRow, LeasedRowQuerySet, LeaseLost, Row
from core.metrics import WORK_FAILURES, WORK_GIVEN_UP, count_on_commit
from core.queue import publish

log = logging.getLogger(__name__)
is_stopping = Event()
"""Set when this process is about to end. Work that can stop between two steps checks it."""
_current_work: set[LeasedRow] = set()
"""The rows that this process works on."""

MOST_FAILURES = 5
"""Attempts in a row without progress. After that many, the work is given up."""
KILLED = "The worker stopped"


def work_on(
    rows: LeasedRowQuerySet[Row],
    pk: int,
    work: Callable[[Row], object],
    *,
    end: Callable[[Row], object],
    notify: Callable[[Row], object],
) -> None:
    """Claim the row and do its work, if it is due.

    rows: of one kind, such as `SyncRun.objects.all()`. pk: the key that the message named.

    If `work` raises an unexpected error, the row is retried later. After MOST_FAILURES such errors in a row, or as many
    killed workers, `end` ends the row; its `failure` then holds the last error. `end` should do nothing else.
    `notify` does everything that might fail, such as sending emails. Raises celery.exceptions.Reject if this process is
    about to end, and no error of the work itself.
    """
    leave_if_stopping()
    row = rows.claim_next(pk)
    if row is not None:
        began = monotonic()
        attempt(row, work, end=end, notify=notify)
        _log_attempt(row, monotonic() - began)


def leave_if_stopping() -> None:
    """Leave a message to another worker if this process is about to end. Raises celery.exceptions.Reject."""
    if is_stopping.is_set():
        raise Reject("stopping", requeue=True)


def attempt(
    row: Row, work: Callable[[Row], object], *, end: Callable[[Row], object], notify: Callable[[Row], object]
) -> None:
    """Do the work of a row that this worker has claimed, as `work_on` does. Raises no error of the work."""
    try:
        _work_or_give_up(row, work, end, notify)
    except LeaseLost:
        log.info("Another worker has taken over %s %s", row._meta.verbose_name, row.pk)
    except Exception as error:
        log.exception("Attempt %s at %s %s failed", row.attempts, row._meta.verbose_name, row.pk, extra=_keys(row))
        WORK_FAILURES.labels(row.work_kind).inc()
        _try_to_save_failure(row, _description(error), end, notify)


def _log_attempt(row: Row, seconds: float) -> None:
    """Log what was done and to whom, by keys: names and texts are a customer's data."""
    outcome = "not ended" if row.is_active else row.outcome
    fields = _keys(row) | {"outcome": outcome, "seconds": round(seconds, 3)}
    log.info("%s %s: %s after %.1f s", row.work_kind, row.pk, outcome, seconds, extra=fields)


def _keys(row: LeasedRow) -> dict[str, Any]:
    """Return the fields by which the lines of the log about this row are found."""
    # From memory: a field that was not read must not be asked for now.
    ids = {name: value for name, value in vars(row).items() if name.endswith("_id") and isinstance(value, int)}
    return {"kind": row.work_kind, "row": row.pk, "attempt": row.attempts, "ids": ids}


def _work_or_give_up(
    row: Row, work: Callable[[Row], object], end: Callable[[Row], object], notify: Callable[[Row], object]
) -> None:
    # Counted at the claim, so this also ends work that kills its workers, such as by using all memory. Only such
    # work gets here: work that raises an error is given up after its last attempt, by `_save_failure`.
    if row.failures > MOST_FAILURES:
        row.failure = row.failure or KILLED
        _give_up(row, end, notify)
        return

    with register_work(row):
        work(row)


@contextmanager
def register_work(*rows: LeasedRow) -> Iterator[None]:
    """Register claimed rows while this process works on them, so that `hand_back` can release them."""
    _current_work.update(rows)
    try:
        yield
    finally:
        _current_work.difference_update(rows)


def is_idle() -> bool:
    """Return whether this process works on no row."""
    return not _current_work


def hand_back() -> None:
    """Release all rows that this process works on, so that another worker continues at once.

    For a process that ends while its threads wait for replies and cannot be interrupted. If one of them continues after
    this, it notices at its next write that it has lost its lease.
    """
    # A copy, because the threads that work on the rows may end while this loop runs and remove theirs.
    for row in list(_current_work):
        try:
            row.release()
        except (LeaseLost, DatabaseError):
            # Another worker has the row, or gets it when the lease ends. The other rows are still to be handed back.
            continue
        log.info("Handed back %s %s", row._meta.verbose_name, row.pk)
        publish(row.task, row.pk)


def _try_to_save_failure(row: Row, failure: str, end: Callable[[Row], object], notify: Callable[[Row], object]) -> None:
    if not connection.in_atomic_block:
        # With a broken connection, the failure could not be saved.
        connection.close_if_unusable_or_obsolete()
    try:
        _save_failure(row, failure, end, notify)
    except LeaseLost:
        log.info("Another worker has taken over %s %s", row._meta.verbose_name, row.pk)
    except Exception:
        # Nothing was written, so the sweeper finds the row when its lease ends, and the next attempt decides.
        log.exception("%s %s stays as it is until its lease ends", row._meta.verbose_name, row.pk)


def _save_failure(row: Row, failure: str, end: Callable[[Row], object], notify: Callable[[Row], object]) -> None:
    if row.failures != MOST_FAILURES:
        row.retry_later(failure)
        return

    row.failure = failure
    _give_up(row, end, notify)


@transaction.atomic
def _give_up(row: Row, end: Callable[[Row], object], notify: Callable[[Row], object]) -> None:
    # Another worker may have claimed the row since: then it decides, and this one writes nothing.
    row.hold()
    end(row)
    count_on_commit(WORK_GIVEN_UP, row.work_kind)
    log.error("%s %s was given up: %s", row._meta.verbose_name, row.pk, row.failure, extra=_keys(row))

    try:
        # A savepoint: a database error in `notify` would otherwise make PostgreSQL refuse the end of the row too.
        with transaction.atomic():
            notify(row)
    except Exception:
        # The cause of the failed work may make this fail too. The row must end in any case.
        log.exception("No user could be notified about %s %s", row._meta.verbose_name, row.pk)


def _description(error: Exception) -> str:
    """The class of the error and the last line of our code that it passed. No values: they may be a customer's data."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _is_ours(frame.filename)]
    place = f" at {Path(ours[-1].filename).relative_to(settings.BASE_DIR)}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{place}"[:200]


def _is_ours(filename: str) -> bool:
    path = Path(filename)
    return path.is_relative_to(settings.BASE_DIR) and "site-packages" not in path.parts
