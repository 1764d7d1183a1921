"""Pages of records into list items: COPY into a temporary table, then one statement that writes only what differs.

Reading goes by key, so a page proves which keys exist between its first and its last: whatever we hold in
between and the page does not is missed. Missed records stay as they are until the whole list proved complete, and
those that came but could not be stored stay for good.
"""

from collections.abc import Sequence
from operator import add
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from core.rows import is_rows_fault
from smartsync.models import ListRun, SyncRun
from smartsync.models.items import LARGEST_KEY
from smartsync.rows import Row, Rows
from smartsync.set_aside import Reason, reason_against, set_aside

Counts = tuple[int, ...]
"""How many records are new, changed, unchanged and deactivated."""
Merged = tuple[Counts, list[tuple[Row, Reason]]]
"""Of those stored, and beside them the rows that the database does not take."""

# Fields stay text until it is known that they differ: making JSON of them is most of the work.
PAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS page
        (key bigint, code text, name text, active boolean, fields text, fingerprint bytea);
    TRUNCATE page
"""
COPY = "COPY page FROM STDIN"
# Asked for by their keys or numbers, and OFFSET 0: else PostgreSQL reads the whole list again for every page.
# Made and written apart: looking for a conflict before every row takes twice as long, and the run's lock rules it out.
# A full run leaves active what turned inactive, and marks it: `deletions` decides at the end of the list.
# A second pass must not take its first one's writes for old news: what this list run itself wrote counts again.
# Every part of the statement sees the rows as they were before it: `noted` reads what `written` overwrites, and what
# is missed is looked for among what was there before. What is gone is left out of the numbers, beyond an
# OFFSET 0: as a condition on the table it tempted PostgreSQL to an index by code, and so to the whole list, whenever
# its statistics were older than the list.
MERGE = """
    WITH known AS (
        SELECT page.*, item.id, item.active AND NOT page.active AS turned,
            item.active AND NOT page.active AND (%(is_full)s OR item.inactive_by IS NOT NULL) AS waits,
            item.id IS NULL OR item.first_seen_at >= %(began)s AS new,
            item.fingerprint IS DISTINCT FROM page.fingerprint OR item.gone_at IS NOT NULL AS differs,
            item.changed_at >= %(began)s AS written_before,
            item.missed_by, item.inactive_by, item.gone_at, item.fields AS had
        FROM page LEFT JOIN (
            SELECT * FROM smartsync_listitem
            WHERE profile_id = %(profile)s AND list = %(list)s AND key = ANY (ARRAY(SELECT key FROM page))
            OFFSET 0
        ) AS item USING (key)
    ), made AS (
        INSERT INTO smartsync_listitem
            (profile_id, list, key, code, name, active, fields, fingerprint, first_seen_at, changed_at)
        SELECT %(profile)s, %(list)s, key, code, name, active, fields::json, fingerprint, %(now)s, %(now)s
        FROM known WHERE id IS NULL
    ), written AS (
        UPDATE smartsync_listitem AS item SET
            code = known.code, name = known.name, active = known.active OR waits, fields = known.fields::json,
            fingerprint = known.fingerprint, gone_at = NULL, missed_by = NULL,
            inactive_by = CASE WHEN waits THEN %(list_run)s::bigint END, is_held = item.is_held AND waits,
            changed_at = CASE WHEN differs THEN %(now)s ELSE item.changed_at END
        FROM known
        WHERE item.id = known.id
            AND item.id = ANY (ARRAY(
                SELECT id FROM known WHERE differs OR turned OR missed_by IS NOT NULL OR inactive_by IS NOT NULL
            ))
    ), noted AS (
        INSERT INTO smartsync_itemchange (item_id, list_run_id, at, what, fields)
        SELECT id, %(list_run)s, %(now)s, CASE WHEN gone_at IS NULL THEN 'changed' ELSE 'back' END, (
            SELECT coalesce(jsonb_object_agg(key, jsonb_build_array(was.value, became.value)), '{}')
            FROM jsonb_each(had::jsonb) AS was FULL JOIN jsonb_each(known.fields::jsonb) AS became USING (key)
            WHERE was.value IS DISTINCT FROM became.value
        )
        FROM known WHERE differs AND id IS NOT NULL
    ), missed AS (
        UPDATE smartsync_listitem SET missed_by = %(list_run)s
        WHERE id = ANY (ARRAY(
            SELECT id FROM (
                SELECT id, gone_at FROM smartsync_listitem AS item
                WHERE %(is_full)s AND profile_id = %(profile)s AND list = %(list)s
                    AND key > %(low)s AND (%(high)s::bigint IS NULL OR key <= %(high)s)
                    AND NOT EXISTS (SELECT FROM page WHERE page.key = item.key)
                OFFSET 0
            ) AS missing
            WHERE gone_at IS NULL
        ))
    )
    SELECT count(*) FILTER (WHERE new),
        count(*) FILTER (WHERE NOT new AND (differs OR written_before)),
        count(*) FILTER (WHERE NOT new AND NOT differs AND NOT written_before),
        count(*) FILTER (WHERE turned AND NOT waits)
    FROM known
"""


def page_store(list_run: ListRun, rows: Rows, *, is_last: bool) -> None:
    """Write a page that follows on `reached` and move that checkpoint, in the caller's transaction.

    Every row's key is greater than `reached`, and no key comes twice. `is_last`: nothing is left from there to
    `reached_down`, or at all. Only a full run looks for missed records. The caller saves the list run.
    """
    low = list_run.reached
    list_run.reached = _checkpoint(rows.keyed[-1]) if rows.keyed else low
    high = list_run.reached_down and list_run.reached_down - 1
    _store(list_run, rows, low, high if is_last else list_run.reached)


def upper_page_store(list_run: ListRun, rows: Rows) -> None:
    """The same for a page that ends where `reached_down` is, or with the highest key there is, and moves that."""
    high = list_run.reached_down and list_run.reached_down - 1
    if rows.keyed:
        list_run.reached_down = _checkpoint(rows.keyed[0])
        list_run.top = list_run.top or _checkpoint(rows.keyed[-1])
    low = list_run.reached_down - 1 if list_run.reached_down else LARGEST_KEY
    _store(list_run, rows, low, high)


def newest_store(list_run: ListRun, rows: Rows) -> None:
    """The same for what was made beyond `top` since."""
    low = list_run.top or 0
    list_run.top = _checkpoint(rows.keyed[-1]) if rows.keyed else low
    _store(list_run, rows, low, list_run.top)


def _checkpoint(row: Row) -> int:
    """Beyond the largest key that can be stored nothing is stored: reading goes on from there as often as need be."""
    return min(row[0], LARGEST_KEY)


def _store(list_run: ListRun, rows: Rows, low: int, high: int | None) -> None:
    """These are all the records there are beyond `low` up to `high` (None: and further)."""
    is_full = list_run.run.kind == SyncRun.Kind.FULL
    if not rows and not is_full:
        return
    place = {"profile": list_run.run.profile_id, "list": list_run.slug, "list_run": list_run.pk}
    bounds = {"is_full": is_full, "low": low, "high": high, "began": list_run.began_at}
    (new, changed, unchanged, deactivated), unstorable = _merge_storable(rows.keyed, place | bounds)
    aside = set_aside(list_run, [*unstorable, *((row, Reason.NO_KEY) for row in rows.unkeyed)])
    list_run.read += new + changed + unchanged + aside
    list_run.new += new
    list_run.changed += changed
    list_run.unchanged += unchanged
    list_run.deactivated += deactivated
    list_run.set_aside += aside


def _merge_storable(rows: Sequence[Row], asked: dict[str, Any]) -> Merged:
    """All rows together; only if that fails is each looked at, and what cannot be stored left out."""
    try:
        return _merge(rows, asked), []
    except (DatabaseError, UnicodeError) as error:
        if not rows or not is_rows_fault(error):
            raise
    unstorable = [(row, reason) for row in rows if (reason := reason_against(row))]
    if not unstorable:
        return _merge_halves(rows, asked)
    left_out = {row for row, _reason in unstorable}
    counts, more = _merge_storable([row for row in rows if row not in left_out], asked)
    return counts, unstorable + more


def _merge_halves(rows: Sequence[Row], asked: dict[str, Any]) -> Merged:
    """Find the row that the database refuses for a reason that `reason_against` does not know."""
    if len(rows) == 1:
        return _merge([], asked), [(rows[0], Reason.REFUSED)]
    lower, upper = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    border = lower[-1][0]
    counts, unstorable = _merge_storable(lower, asked | {"high": border})
    more_counts, more = _merge_storable(upper, asked | {"low": border})
    return tuple(map(add, counts, more_counts)), unstorable + more


def _merge(rows: Sequence[Row], asked: dict[str, Any]) -> Counts:
    # In a savepoint: what the database refuses must not end the transaction.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PAGE)
        with connection.wrap_database_errors, cursor.copy(COPY) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(MERGE, asked | {"now": timezone.now()})
        counts: Counts = cursor.fetchone()
    return counts
