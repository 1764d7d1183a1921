"""What is the fault of a row, and what of the database."""

from django.db import InternalError
from psycopg.errors import IdleInTransactionSessionTimeout

from core.batches import is_rows_fault


def test_transaction_that_ended_because_the_worker_hung_is_no_rows_fault() -> None:
    """The driver has it as an InternalError, and the row would have been set aside."""
    error = InternalError()
    error.__cause__ = IdleInTransactionSessionTimeout()

    assert not is_rows_fault(error)
