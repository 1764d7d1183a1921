"""Work on many rows, of which a bad one must not stop the others."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, transaction

log = logging.getLogger(__name__)
Row = TypeVar("Row")
# PostgreSQL's class of errors about its own limits, such as a value that is too long for its index.
LIMIT_EXCEEDED = "54"


def is_rows_fault(error: Exception) -> bool:
    """False if the database is out of reach, or two transactions waited for each other: the next round tries again."""
    sqlstate = getattr(error.__cause__, "sqlstate", None) or ""
    return not isinstance(error, (OperationalError, InterfaceError)) or sqlstate.startswith(LIMIT_EXCEEDED)


def work_row_by_row(
    rows: Iterable[Row], work: Callable[[Row], object], set_aside: Callable[[Row, Exception], object]
) -> None:
    """Work on each row in a savepoint of its own, and set aside those with which that fails.

    Setting aside may fail too: then that row is tried again in the next round.
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
