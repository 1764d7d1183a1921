"""Writes rows as list items: COPY into a temporary table, then one statement that writes only differences.

Rows that are all new go into the table of list items directly.
"""

import os
from collections.abc import Iterable, Sequence
from socket import AF_UNIX, SO_SNDBUF, SOL_SOCKET, socket
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from smartsync.engine.revisions import NEXT_REVISION
from smartsync.engine.rows import Row

Counts = tuple[int, ...]
"""How many records are new, changed, unchanged and deactivated."""

# `fields` is text here and is converted to JSON only for rows that differ. Converting a page of 2,000 records with 40
# fields to `jsonb` took 75 of the 110 ms for storing it; so the column of list items is `json`.
PAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS page
        (key bigint, code text, name text, active boolean, fields text, fingerprint bytea);
    TRUNCATE page
"""
# In binary, since PostgreSQL otherwise looks at each character of a row: with 40 fields, 31 instead of 40 ms a page.
COPY = "COPY page FROM STDIN (FORMAT BINARY)"
TYPES = "int8", "text", "text", "bool", "text", "bytea"
COPY_NEW = """
    COPY smartsync_listitem
        (key, code, name, active, fields, fingerprint,
        profile_id, list, first_seen_at, changed_at, is_indexed, revision)
    FROM STDIN (FORMAT BINARY)
"""
NEW_TYPES = *TYPES, "int8", "text", "timestamptz", "timestamptz", "bool", "int8"
BUFFER = 2 * 1024 * 1024
"""Bytes. Eight pages with 8 fields are 6 MB. The system may allow less."""
# What makes a row of `known` a change that others see. Flags of missing records are not.
SHOWS = "(differs OR turned AND NOT waits)"
# Whether new records are indexed. A partial run does not know how long the list is, so it does as with the last record.
IS_LONG = """
    (%(is_long)s OR coalesce((
        SELECT is_indexed FROM smartsync_listitem WHERE profile_id = %(profile)s AND list = %(list)s
        ORDER BY key DESC LIMIT 1
    ), FALSE))
"""
# Whether we have no record in the page's range of keys, as in a first sync. All records of the page are in this range.
NOTHING_KNOWN = """
    NOT EXISTS (
        SELECT FROM smartsync_listitem
        WHERE profile_id = %(profile)s AND list = %(list)s
            AND key > %(low)s AND (%(high)s::bigint IS NULL OR key <= %(high)s)
    )
"""
# If so, takes a revision and returns the columns that all records of the page share. Otherwise returns no row.
NEW_PAGE = f"""
    WITH next AS ({NEXT_REVISION.format(condition=NOTHING_KNOWN)})
    SELECT %(profile)s, %(list)s, %(now)s::timestamptz, %(now)s::timestamptz, {IS_LONG}, revision FROM next
"""  # noqa: S608 - only constants are put into it
# Why this statement is written as it is:
#
# - Rows are selected with `= ANY (ARRAY(…))` and OFFSET 0. Otherwise PostgreSQL reads the whole list for every page:
#   100,000 records took 8.7 s, and each page took longer than the one before.
# - INSERT and UPDATE are separate, without ON CONFLICT. Checking every row for a conflict takes twice as long, and
#   the lock on the run excludes conflicts.
# - A full run leaves records active that became inactive and only flags them (`waits`). `deletions` decides about
#   them at the end of the list.
# - A second pass counts what the first pass of this list run wrote as new or changed again (`new`, `written_before`).
#   Otherwise the second pass would report it as unchanged.
# - All parts of the statement see the rows as they were before it. So `noted` can read values that `written`
#   overwrites, and `missed` looks only at rows that existed before.
# - In `missed`, deleted records are left out after the subquery with OFFSET 0. As a condition on the table,
#   `deleted_at IS NULL` made PostgreSQL choose the index by code and read the whole list whenever its statistics were
#   older than the list: 8 of the 19 s for 200,000 records.
# - `next` takes a revision only if a record changes, so a page without changes does not write to the stream.
# - `missed` updates by primary key. With fresh statistics, an update by profile and key went through all list items of
#   the database: 80 ms instead of 27 at 110,000.
MERGE = f"""
    WITH known AS (
        SELECT page.*, item.id, item.active AND NOT page.active AS turned,
            item.active AND NOT page.active AND (%(is_full)s OR item.inactive_since_run IS NOT NULL) AS waits,
            item.id IS NULL OR item.first_seen_at >= %(began)s AS new,
            item.fingerprint IS DISTINCT FROM page.fingerprint OR item.deleted_at IS NOT NULL AS differs,
            item.changed_at >= %(began)s AS written_before,
            item.missing_since_run, item.inactive_since_run, item.deleted_at, item.fields AS had,
            item.is_indexed
        FROM page LEFT JOIN (
            SELECT * FROM smartsync_listitem
            WHERE profile_id = %(profile)s AND list = %(list)s AND key = ANY (ARRAY(SELECT key FROM page))
            OFFSET 0
        ) AS item USING (key)
    ), next AS (
        {NEXT_REVISION.format(condition=f"EXISTS (SELECT FROM known WHERE {SHOWS})")}
    ), made AS (
        INSERT INTO smartsync_listitem
            (profile_id, list, key, code, name, active, fields, fingerprint, first_seen_at, changed_at, is_indexed,
            revision)
        SELECT %(profile)s, %(list)s, key, code, name, active, fields::json, fingerprint, %(now)s, %(now)s,
            {IS_LONG}, (SELECT revision FROM next)
        FROM known WHERE id IS NULL
    ), written AS (
        UPDATE smartsync_listitem AS item SET
            code = known.code, name = known.name, active = known.active OR waits, fields = known.fields::json,
            fingerprint = known.fingerprint, deleted_at = NULL, missing_since_run = NULL,
            inactive_since_run = CASE WHEN waits THEN %(list_run)s::bigint END, is_held = item.is_held AND waits,
            changed_at = CASE WHEN differs THEN %(now)s ELSE item.changed_at END,
            is_indexed = item.is_indexed OR %(is_long)s,
            revision = CASE WHEN {SHOWS} THEN (SELECT revision FROM next) ELSE item.revision END
        FROM known
        WHERE item.id = known.id
            AND item.id = ANY (ARRAY(
                SELECT id FROM known
                WHERE differs OR turned OR missing_since_run IS NOT NULL OR inactive_since_run IS NOT NULL
                    OR %(is_long)s AND NOT is_indexed
            ))
    ), noted AS (
        INSERT INTO smartsync_itemchange (item_id, list_run_id, at, kind, fields)
        SELECT id, %(list_run)s, %(now)s, CASE WHEN deleted_at IS NULL THEN 'changed' ELSE 'back' END, (
            SELECT coalesce(jsonb_object_agg(key, jsonb_build_array(was.value, became.value)), '{{}}')
            FROM jsonb_each(had::jsonb) AS was FULL JOIN jsonb_each(known.fields::jsonb) AS became USING (key)
            WHERE was.value IS DISTINCT FROM became.value
        )
        FROM known WHERE differs AND id IS NOT NULL
    ), missed AS (
        UPDATE smartsync_listitem SET missing_since_run = %(list_run)s
        WHERE id = ANY (ARRAY(
            SELECT id FROM (
                SELECT id, deleted_at FROM smartsync_listitem AS item
                WHERE %(is_full)s AND profile_id = %(profile)s AND list = %(list)s
                    AND key > %(low)s AND (%(high)s::bigint IS NULL OR key <= %(high)s)
                    AND NOT EXISTS (SELECT FROM page WHERE page.key = item.key)
                OFFSET 0
            ) AS missing
            WHERE deleted_at IS NULL
        ))
    )
    SELECT count(*) FILTER (WHERE new),
        count(*) FILTER (WHERE NOT new AND (differs OR written_before)),
        count(*) FILTER (WHERE NOT new AND NOT differs AND NOT written_before),
        count(*) FILTER (WHERE turned AND NOT waits)
    FROM known
"""  # noqa: S608 - only constants are put into it


def merge(rows: Sequence[Row], parameters: dict[str, Any]) -> Counts:
    """Write the rows of a page. Nothing is compared if all of its records are new and none can be missing."""
    if rows and copy_new(rows, parameters):
        return len(rows), 0, 0, 0
    # A savepoint, so that a row that the database refuses does not abort the caller's transaction.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PAGE)
        _copy(cursor, COPY, TYPES, rows)
        cursor.execute(MERGE, parameters)
        counts: Counts = cursor.fetchone()
    return counts


def copy_new(rows: Iterable[Row], parameters: dict[str, Any]) -> bool:
    """Copy rows into the table of list items. Returns False, and copies none, if we have records in their range."""
    with connection.cursor() as cursor:
        shared = _shared_by_new(cursor, parameters)
        if shared:
            with transaction.atomic():
                _copy(cursor, COPY_NEW, NEW_TYPES, (row + shared for row in rows))
    return bool(shared)


def _shared_by_new(cursor: CursorWrapper, parameters: dict[str, Any]) -> tuple[Any, ...] | None:
    """The last columns of `COPY_NEW`. None if records are known in the page's range."""
    cursor.execute(NEW_PAGE, parameters)
    shared: tuple[Any, ...] | None = cursor.fetchone()
    return shared


def _copy(cursor: CursorWrapper, statement: str, types: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    _enlarge_buffer(connection.connection.fileno())
    # The driver's own COPY, so its errors must be translated to Django's here.
    with connection.wrap_database_errors, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def _enlarge_buffer(descriptor: int) -> None:
    """Let a local socket take a page at once. Otherwise PostgreSQL waits for this thread, which waits for others.

    A network connection grows its buffer by itself.
    """
    with socket(fileno=os.dup(descriptor)) as shared:
        if shared.family == AF_UNIX:
            shared.setsockopt(SOL_SOCKET, SO_SNDBUF, BUFFER)
