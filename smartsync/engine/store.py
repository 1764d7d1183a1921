"""Stores pages of records as list items: COPY into a temporary table, then one statement that writes only differences.

A page whose records are all new goes into the table of list items directly.

Lists are read in the order of their keys, so a page proves which keys exist between its first and its last one. A
record that we have in this range and that is not on the page is missing in Intacct. Missing records stay unchanged
until the whole list is complete. A record that came and could not be stored is not missing, so our version of it stays.
"""

from collections.abc import Iterable, Sequence
from operator import add
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from core.batches import is_rows_fault
from smartsync.engine.revisions import NEXT_REVISION
from smartsync.engine.rows import Row, Rows
from smartsync.engine.set_aside import Reason, reason_against, set_aside
from smartsync.models import ListRun, SyncRun
from smartsync.models.items import LARGEST_KEY, LONG

Counts = tuple[int, ...]
"""How many records are new, changed, unchanged and deactivated."""
Merged = tuple[Counts, list[tuple[Row, Reason]]]
"""The counts of the stored rows, and the rows that the database does not accept."""

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


def page_store(list_run: ListRun, rows: Rows, *, is_last: bool) -> None:
    """Write the page that follows the checkpoint `low_key`, and advance the checkpoint, in the caller's transaction.

    All keys are greater than `low_key`, and no key occurs twice. `is_last` means that Intacct has no records between
    the end of this page and `high_key` (None: and the end of the list). Only a full run looks for missing records.
    The caller saves the list run.
    """
    low = list_run.low_key
    list_run.low_key = _checkpoint(rows.keyed[-1]) if rows.keyed else low
    # Below the part that the upper end has stored: its records are not on this page, and are not missing either.
    high = list_run.high_key and list_run.high_key - 1
    _store(list_run, rows, low, high if is_last else list_run.low_key)


def upper_page_store(list_run: ListRun, rows: Rows) -> None:
    """Write the page below the checkpoint `high_key`, and lower it, in the caller's transaction.

    The first such page ends with the highest key of the list.
    """
    # A page without keyed rows proves nothing about keys, so its range is empty.
    high = list_run.high_key and list_run.high_key - 1
    if rows.keyed:
        list_run.high_key = _checkpoint(rows.keyed[0])
        list_run.max_key = list_run.max_key or _checkpoint(rows.keyed[-1])
    low = list_run.high_key - 1 if list_run.high_key else LARGEST_KEY
    _store(list_run, rows, low, high)


def newest_store(list_run: ListRun, rows: Rows) -> None:
    """Write records with keys above `max_key`, which were created after the first page from the top was read."""
    low = list_run.max_key or 0
    list_run.max_key = _checkpoint(rows.keyed[-1]) if rows.keyed else low
    _store(list_run, rows, low, list_run.max_key)


def _checkpoint(row: Row) -> int:
    """The row's key, or the largest key that can be stored.

    Records with larger keys are never stored, so reading them again after this checkpoint does no harm.
    """
    return min(row[0], LARGEST_KEY)


def _store(list_run: ListRun, rows: Rows, low: int, high: int | None) -> None:
    """Store all records that Intacct has with keys above `low` and up to `high` (None: without an upper limit)."""
    is_full = list_run.run.kind == SyncRun.Kind.FULL
    # A full run must go on without rows, since the empty range shows that the records in it are missing.
    if not rows and not is_full:
        return
    if list_run.pk is None:
        # A partial run stores a list run when its first record comes. Changes refer to it.
        list_run.save()
    # `began` is the start of this list run, not of the run: what an earlier run wrote does not count as new here.
    keys = {"profile": list_run.run.profile_id, "list": list_run.slug, "list_run": list_run.pk}
    bounds = {"is_full": is_full, "low": low, "high": high, "began": list_run.began_at}
    bounds["is_long"] = is_full and (list_run.counted_before or 0) > LONG
    (new, changed, unchanged, deactivated), unstorable = _merge_storable(rows.keyed, keys | bounds)
    aside = set_aside(list_run, [*unstorable, *((row, Reason.NO_KEY) for row in rows.unkeyed)])
    list_run.read += new + changed + unchanged + aside
    list_run.new += new
    list_run.changed += changed
    list_run.unchanged += unchanged
    list_run.deactivated += deactivated
    list_run.set_aside += aside


def _merge_storable(rows: Sequence[Row], parameters: dict[str, Any]) -> Merged:
    """Merge all rows in one statement. Only if that fails, check each row and leave out those that cannot be stored."""
    try:
        return _merge(rows, parameters), []
    # OverflowError: the driver cannot write a key beyond 64 bits.
    except (DatabaseError, UnicodeError, OverflowError) as error:
        if not rows or not is_rows_fault(error):
            raise
    # Checked only now: checking every row of every page would cost more than the rare failure.
    unstorable = [(row, reason) for row in rows if (reason := reason_against(row))]
    if not unstorable:
        return _merge_halves(rows, parameters)
    left_out = {row for row, _reason in unstorable}
    counts, more = _merge_storable([row for row in rows if row not in left_out], parameters)
    return counts, unstorable + more


def _merge_halves(rows: Sequence[Row], parameters: dict[str, Any]) -> Merged:
    """Merge both halves separately, to find the row that the database refuses for an unknown reason."""
    if len(rows) == 1:
        # Merge without the row: the range of keys still shows which records are missing.
        return _merge([], parameters), [(rows[0], Reason.REFUSED)]
    lower, upper = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    border = lower[-1][0]
    counts, unstorable = _merge_storable(lower, parameters | {"high": border})
    more_counts, more = _merge_storable(upper, parameters | {"low": border})
    return tuple(map(add, counts, more_counts)), unstorable + more


def _merge(rows: Sequence[Row], parameters: dict[str, Any]) -> Counts:
    """Write a page. Nothing is compared if all of its records are new and none can be missing."""
    parameters = parameters | {"now": timezone.now()}
    # A savepoint, so that a row that the database refuses does not abort the caller's transaction.
    with transaction.atomic(), connection.cursor() as cursor:
        if rows and (shared := _shared_by_new(cursor, parameters)):
            _copy(cursor, COPY_NEW, NEW_TYPES, (row + shared for row in rows))
            return len(rows), 0, 0, 0
        cursor.execute(PAGE)
        _copy(cursor, COPY, TYPES, rows)
        cursor.execute(MERGE, parameters)
        counts: Counts = cursor.fetchone()
    return counts


def _shared_by_new(cursor: CursorWrapper, parameters: dict[str, Any]) -> tuple[Any, ...] | None:
    """The last columns of `COPY_NEW`. None if records are known in the page's range."""
    cursor.execute(NEW_PAGE, parameters)
    shared: tuple[Any, ...] | None = cursor.fetchone()
    return shared


def _copy(cursor: CursorWrapper, statement: str, types: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    # The driver's own COPY, so its errors must be translated to Django's here.
    with connection.wrap_database_errors, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
