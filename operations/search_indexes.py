"""Indexes that find a part of a text, if the database server has the extension pg_trgm.

They are added after every `manage.py migrate`, so that a server that gets the extension later gets them then. Without
them, a search reads the tables: see docs/scale.md.
"""

import logging
from typing import Any

from django.db import DatabaseError, connections, transaction

from operations.search import GROUPS
from smartsync.models import ListItem

log = logging.getLogger(__name__)
INDEX = "CREATE INDEX IF NOT EXISTS {name} ON {table} USING gin (core_fold({column}) gin_trgm_ops)"
RECORDS = f"""
    CREATE INDEX IF NOT EXISTS search_records ON {ListItem._meta.db_table}
    USING gin (core_fold(code) gin_trgm_ops, core_fold(name) gin_trgm_ops) WHERE is_indexed
"""


def add_search_indexes(using: str, **details: Any) -> None:
    """Add the extension and the indexes. The connection is that of the owner of the tables."""
    try:
        with transaction.atomic(using), connections[using].cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            for statement in statements():
                cursor.execute(statement)
    except DatabaseError as error:
        log.warning("Search has no indexes: the extension pg_trgm could not be added (%s)", str(error).splitlines()[0])


def statements() -> list[str]:
    """Return what creates the indexes: of each field of the search, and of the records of long lists."""
    return [RECORDS, *_of_groups()]


def _of_groups() -> list[str]:
    return [
        INDEX.format(name=f"search_{table}_{field}"[:63], table=table, column=field)
        for group in GROUPS.values()
        for table in [group.rows.model._meta.db_table]
        for field in group.fields
    ]
