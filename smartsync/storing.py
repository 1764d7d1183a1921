"""Pages of records into list items: COPY into a temporary table, then one statement that writes only what differs.

Reading goes by key, so a page proves which keys exist between its first and its last: whatever we hold in
between and the page does not is missed. Missed records stay as they are until the whole list proved complete.
"""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from json.encoder import encode_basestring as quoted
from operator import itemgetter
from typing import Any

from django.db import connection
from django.utils import timezone

from intacct.catalogue import RecordList
from intacct.flat import Record
from intacct.reading import key_number
from smartsync.models import ListRun, SyncRun

Row = tuple[int, str, str, bool, str, bytes]
Pick = Callable[[Record], tuple[str, ...]]

# Fields stay text until it is known that they differ: making JSON of them is most of the work.
PAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS page
        (key bigint, code text, name text, active boolean, fields text, fingerprint bytea);
    TRUNCATE page
"""
COPY = "COPY page FROM STDIN"
# Asked for by their keys or numbers, and OFFSET 0: else PostgreSQL reads the whole list again for every page.
# Made and written apart: looking for a conflict before every row takes twice as long, and the run's lock rules it out.
# A second pass must not take its first one's writes for old news: what this list run itself wrote counts again.
# Every part of the statement sees the rows as they were before it: `noted` reads what `written` overwrites, and what
# is missed is looked for among what was there before. What is gone is left out outside: inside it would tempt
# PostgreSQL to an index by code, and so to the whole list.
MERGE = """
    WITH known AS (
        SELECT page.*, item.id, item.active AND NOT page.active AS deactivated,
            item.id IS NULL OR item.first_seen_at >= %(began)s AS new,
            item.fingerprint IS DISTINCT FROM page.fingerprint OR item.gone_at IS NOT NULL AS differs,
            item.changed_at >= %(began)s AS written_before, item.missed_by, item.gone_at, item.fields AS had
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
            code = known.code, name = known.name, active = known.active, fields = known.fields::json,
            fingerprint = known.fingerprint, gone_at = NULL, missed_by = NULL,
            changed_at = CASE WHEN differs THEN %(now)s ELSE item.changed_at END
        FROM known
        WHERE item.id = known.id
            AND item.id = ANY (ARRAY(SELECT id FROM known WHERE differs OR missed_by IS NOT NULL))
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
        WHERE gone_at IS NULL AND id = ANY (ARRAY(
            SELECT id FROM smartsync_listitem AS item
            WHERE %(is_full)s AND profile_id = %(profile)s AND list = %(list)s
                AND key > %(low)s AND (%(high)s::bigint IS NULL OR key <= %(high)s)
                AND NOT EXISTS (SELECT FROM page WHERE page.key = item.key)
            OFFSET 0
        ))
    )
    SELECT count(*) FILTER (WHERE new),
        count(*) FILTER (WHERE NOT new AND (differs OR written_before)),
        count(*) FILTER (WHERE NOT new AND NOT differs AND NOT written_before),
        count(*) FILTER (WHERE deactivated)
    FROM known
"""
GONE = """
    WITH gone AS (
        UPDATE smartsync_listitem SET active = FALSE, gone_at = %(now)s, changed_at = %(now)s
        WHERE profile_id = %(profile)s AND list = %(list)s AND gone_at IS NULL AND missed_by = %(list_run)s
        RETURNING id
    )
    INSERT INTO smartsync_itemchange (item_id, list_run_id, at, what, fields)
    SELECT id, %(list_run)s, %(now)s, 'gone', '{}' FROM gone
"""


def rows_of(list_run: ListRun, records: Sequence[Record]) -> list[Row]:
    """A page as it is stored, in the order of keys: a third of the size of its records."""
    kind, names = list_run.record_list, sorted(list_run.fields)
    heads = [f'{quoted(name)}: "' for name in names]
    frame = [part for head in ["{" + heads[0], *(f'", {each}' for each in heads[1:])] for part in (head, "")] + ['"}']
    # The key once more: of a single name, itemgetter would make no tuple.
    pick = itemgetter(*names, kind.key)
    return sorted(_row(kind, record, _json(_values(record, names, pick), frame)) for record in records)


def page_store(list_run: ListRun, rows: Sequence[Row], *, is_last: bool) -> None:
    """Write a page that follows on `reached` and move that checkpoint, in the caller's transaction.

    Every row's key is greater than `reached`, and no key comes twice. `is_last`: nothing is left from there to
    `reached_down`, or at all. Only a full run looks for missed records. The caller saves the list run.
    """
    low = list_run.reached
    list_run.reached = rows[-1][0] if rows else low
    high = list_run.reached_down and list_run.reached_down - 1
    _store(list_run, rows, low, high if is_last else list_run.reached)


def upper_page_store(list_run: ListRun, rows: Sequence[Row]) -> None:
    """The same for a page that ends where `reached_down` is, or with the highest key there is, and moves that."""
    high = list_run.reached_down and list_run.reached_down - 1
    list_run.reached_down, list_run.top = rows[0][0], list_run.top or rows[-1][0]
    _store(list_run, rows, list_run.reached_down - 1, high)


def newest_store(list_run: ListRun, rows: Sequence[Row]) -> None:
    """The same for what was made beyond `top` meanwhile."""
    low = list_run.top or 0
    list_run.top = rows[-1][0]
    _store(list_run, rows, low, list_run.top)


def _store(list_run: ListRun, rows: Sequence[Row], low: int, high: int | None) -> None:
    """These are all the records there are beyond `low` up to `high` (None: and further)."""
    is_full = list_run.run.kind == SyncRun.Kind.FULL
    if not rows and not is_full:
        return
    place = {"profile": list_run.run.profile_id, "list": list_run.slug, "list_run": list_run.pk}
    bounds = {"is_full": is_full, "low": low, "high": high, "began": list_run.began_at}
    new, changed, unchanged, deactivated = _merged(rows, place | bounds)
    list_run.read += len(rows)
    list_run.new += new
    list_run.changed += changed
    list_run.unchanged += unchanged
    list_run.deactivated += deactivated


def _merged(rows: Sequence[Row], asked: dict[str, Any]) -> tuple[int, int, int, int]:
    """How many are new, changed, unchanged and deactivated."""
    with connection.cursor() as cursor:
        cursor.execute(PAGE)
        with connection.wrap_database_errors, cursor.copy(COPY) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(MERGE, asked | {"now": timezone.now()})
        counts: tuple[int, int, int, int] = cursor.fetchone()
    return counts


def missed_deactivate(list_run: ListRun) -> int:
    """What a complete reading of the whole list did not find is gone. Returns how many records that were."""
    with connection.cursor() as cursor:
        place: dict[str, Any] = {"profile": list_run.run.profile_id, "list": list_run.slug}
        cursor.execute(GONE, place | {"list_run": list_run.pk, "now": timezone.now()})
        gone: int = cursor.rowcount
    return gone


def _row(kind: RecordList, record: Record, canonical: str) -> Row:
    """Key, code, name, active, fields as JSON in one order, and their fingerprint."""
    active = not kind.status or record.get(kind.status, "").lower() != "inactive"
    fingerprint = blake2b(canonical.encode(), digest_size=16).digest()
    code = record.get(kind.code, "") or record[kind.key]
    return key_number(record[kind.key]), code, record.get(kind.name, ""), active, canonical, fingerprint


def _values(record: Record, names: Sequence[str], pick: Pick) -> Sequence[str]:
    """A record mostly has all its fields, and then they are picked three times as fast as one by one."""
    try:
        return pick(record)[:-1]
    except KeyError:
        return [record.get(name, "") for name in names]


def _json(values: Sequence[str], frame: Sequence[str]) -> str:
    """The values put into their frame. Few hold what is to be escaped, and json.dumps takes three times as long."""
    whole = "".join(values)
    if len(quoted(whole)) > len(whole) + len('""'):
        values = [quoted(value)[1:-1] for value in values]
    parts = [*frame]
    parts[1::2] = values
    return "".join(parts)
