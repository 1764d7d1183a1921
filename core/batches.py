"""Work on many rows so that a bad row does not stop the others."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, transaction

log = logging.getLogger(__name__)
Row = TypeVar("Row")
# PostgreSQL's class of errors about its own limits, such as a value that is too long for its index.
LIMIT_EXCEEDED = "54"
# PostgreSQL has ended a transaction in which nothing was done for too long. No OperationalError to the driver.
IDLE_TIMEOUT = "25P03"


def is_rows_fault(error: Exception) -> bool:
    """Return whether the row itself caused the error.

    False if the database could not be reached or there was a deadlock. Then the next round tries the row again.
    """
    sqlstate = getattr(error.__cause__, "sqlstate", None) or ""
    if sqlstate == IDLE_TIMEOUT:
        return False
    return not isinstance(error, (OperationalError, InterfaceError)) or sqlstate.startswith(LIMIT_EXCEEDED)


def work_row_by_row(
    rows: Iterable[Row], work: Callable[[Row], object], set_aside: Callable[[Row, Exception], object]
) -> None:
    """Call `work` for every row, each in its own savepoint, and `set_aside` for a row with which it fails.

    rows: anything that identifies a row of work, such as keys. set_aside: also gets the error.
    If `set_aside` fails too, the next round tries the row again. Raises errors that are not the row's fault.
    """
    for row in rows:
        if error := _failure(work, row):
            _failure(set_aside, row, error)


def _failure(act: Callable[..., object], *arguments: object) -> Exception | None:
    try:
        with transaction.atomic():
            act(*arguments)
    except Exception as error:
        if not is_rows_fault(error):
            raise
        log.exception("%s failed for %s", getattr(act, "__name__", act), arguments[0])
        return error
    return None
