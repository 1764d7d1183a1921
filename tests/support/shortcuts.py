"""Faster versions of what tests do hundreds of times and other tests cover.

They apply to the tests' own process only. The web server and workers that tests start have the product's settings.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection, transaction
from django.test import TransactionTestCase

# Tables that only migrations fill.
KEPT = ["django_migrations", "django_content_type", "auth_permission"]
TABLES = """
    SELECT array_agg(quote_ident(tablename))
    FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> ALL(%s)
"""


class QuickArgon2(Argon2PasswordHasher):
    """Takes 0.1 ms. The product's hasher takes 100 ms and 100 MB."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1


def empty_tables(*_: Any) -> None:
    """Delete every row, including those of the cache, which counts failed sign-ins.

    It takes 2 ms. Django would truncate 41 tables and recreate all content types and permissions: 600 ms.
    The lock waits for a killed worker's transaction to end, as Django's TRUNCATE did. The replica role disables all
    triggers: those that check foreign keys, and those that keep the audit log append-only.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TABLES, [KEPT])
        tables = cursor.fetchone()[0]
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
        cursor.execute(";".join(f"DELETE FROM {table}" for table in tables))


def take_shortcuts() -> None:
    TransactionTestCase._fixture_teardown = empty_tables  # type: ignore[attr-defined]
    settings.PASSWORD_HASHERS = [f"{__name__}.QuickArgon2"]
    # Otherwise every new test client lists all static files, which takes 30 ms.
    settings.WHITENOISE_AUTOREFRESH = True
