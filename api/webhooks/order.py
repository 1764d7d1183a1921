"""Let each change count for a new endpoint: it is committed before the endpoint is, or it finds the endpoint.

Otherwise a change that is recorded before an endpoint is created, and committed after it, is noticed by no one: no
trigger was added, and the baseline does not show it. Locks of PostgreSQL that end with the transaction prevent that.
"""

from django.db import connection

PLACE = "hashtextextended('webhook endpoints', 0)"


def wait_for_new_endpoints() -> None:
    """Let the next query find each endpoint that is being added. New ones wait until the caller's transaction ends."""
    _execute(f"SELECT pg_advisory_xact_lock_shared({PLACE})")


def wait_for_changes() -> None:
    """Wait for transactions that may have looked before the caller's endpoint was there. Those that follow find it."""
    _execute(f"SELECT pg_advisory_xact_lock({PLACE})")


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
