"""Reset the demonstration: the product's data and the practice companies."""

import requests
from django.core.management.color import no_style
from django.db import OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, LockNotAvailable

from beanworks_connect.demo.loading import load
from beanworks_connect.demo.screens import practice_address

LASTING = ("django_migrations", "django_content_type", "auth_permission")
TRIES = 20
SECONDS = 30
# Less than the second after which PostgreSQL looks for deadlocks: of a reset and a worker, the reset tries again.
LOCK_TIMEOUT = "500ms"


def reset_practice_companies() -> None:
    """Raise RequestException if they do not answer."""
    # Without a database, nothing is reset: the practice companies would no longer fit what it holds.
    connection.ensure_connection()
    requests.post(f"{practice_address()}/control/reset", timeout=SECONDS).raise_for_status()


def reset_product() -> None:
    for tries_left in reversed(range(TRIES)):
        try:
            _load_again()
            break
        except OperationalError as error:
            # A worker has locked a row, and may wait for a table that is locked here.
            is_locked = isinstance(error.__cause__, LockNotAvailable | DeadlockDetected)
            if not is_locked or not tries_left:
                raise


@transaction.atomic
def _load_again() -> None:
    """Empty all tables and load the demonstration. A worker that has a row loses it: see `core.leases`."""
    tables = [name for name in connection.introspection.django_table_names(only_existing=True) if name not in LASTING]
    # Keys are not used again: a message in the broker, or a worker, may still have an old one.
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
        for statement in connection.ops.sql_flush(no_style(), tables, reset_sequences=False):
            cursor.execute(statement)
    load()
