"""Let each change count for a new endpoint: it is committed before the endpoint is, or it finds the endpoint.

Otherwise a change that is recorded before an endpoint is created, and committed after it, is noticed by no one: no
trigger was added, and the baseline does not show it. Locks of PostgreSQL that end with the transaction prevent that.
"""

from django.db import OperationalError, connection
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable

from core.errors import Refused

PLACE = "hashtextextended('webhook endpoints', 0)"
LONGEST_WAIT = "3s"
"""Not longer: the changes of other users wait behind the transaction that waits."""


def wait_for_new_endpoints() -> None:
    """Let the next query find each endpoint that is being added. New ones wait until the caller's transaction ends."""
    _execute(f"SELECT pg_advisory_xact_lock_shared({PLACE})")


def wait_for_changes() -> None:
    """Wait for transactions that may have looked before the caller's endpoint was there. Those that follow find it.

    Raises Refused if one of them takes too long.
    """
    try:
        _execute(f"SET LOCAL lock_timeout = '{LONGEST_WAIT}'")
        _execute(f"SELECT pg_advisory_xact_lock({PLACE})")
        _execute("SET LOCAL lock_timeout TO DEFAULT")
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise Refused(
            _("Another change took too long to be saved, so the endpoint could not begin. Try again in a minute.")
        ) from None


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
