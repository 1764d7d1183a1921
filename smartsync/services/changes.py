"""Reads the records of a profile in the order in which they changed, as lines of JSON.

A reader's place is the revision and ID of the last record read. Revisions commit in their order, and a record that
changes again gets a higher one. So nothing that is written later belongs before a place: see `RecordStream`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, F, Q

from smartsync.models import ListItem, RecordStream

# Whether the reader has the record in the end, by the filter for active records.
IS_SHOWN = "deleted_at IS NULL AND (%(active)s::boolean IS NULL OR active = %(active)s)"
# `revision >= 0` is true for every row: see the index `item_by_revision`. PostgreSQL writes the JSON, since it has the
# fields as JSON text: parsing and writing them again here would take most of the time. It joins the records too, since
# a row for each takes the driver longer than everything else. There is one record more than wanted if there are more.
# For this statement only, which is a transaction of its own: until PostgreSQL has statistics of the table, it expects
# few rows, reads all of the profile and sorts them. 30,000 records took 170 ms instead of 1 for each page.
CHANGES = f"""
    SET LOCAL enable_bitmapscan = off;
    SELECT coalesce(string_agg(row_to_json(record)::text, %(separator)s ORDER BY item.revision, item.id)
            FILTER (WHERE number <= %(limit)s), ''),
        max(ARRAY[item.revision, item.id]) FILTER (WHERE number <= %(limit)s),
        count(*) > %(limit)s
    FROM (
        SELECT *, {IS_SHOWN} AS is_shown, row_number() OVER (ORDER BY revision, id) AS number
        FROM smartsync_listitem
        WHERE profile_id = %(profile)s AND revision >= 0 AND (revision, id) > (%(revision)s, %(pk)s)
            AND (%(list)s::text IS NULL OR list = %(list)s)
            AND (revision > %(start)s OR {IS_SHOWN})
        ORDER BY revision, id
        LIMIT %(limit)s + 1
    ) AS item CROSS JOIN LATERAL (
        SELECT CASE
                WHEN NOT is_shown THEN 'deleted' WHEN first_seen_at = changed_at THEN 'added' ELSE 'changed'
            END AS change,
            list, key, code, name, active, revision,
            to_char(first_seen_at AT TIME ZONE 'UTC', %(iso)s) AS first_seen_at,
            to_char(changed_at AT TIME ZONE 'UTC', %(iso)s) AS changed_at,
            to_char(deleted_at AT TIME ZONE 'UTC', %(iso)s) AS deleted_at,
            CASE WHEN %(fields)s::text[] IS NULL THEN fields ELSE (
                SELECT coalesce(json_object_agg(field.key, field.value), '{{}}')
                FROM json_each(fields) AS field WHERE field.key = ANY (%(fields)s)
            ) END AS fields
    ) AS record
"""  # noqa: S608 - only constants are put into it
ISO = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'


class TooOld(Exception):
    """Records that were deleted after this place are not stored any more, or the place is from before a restore."""


class Place(NamedTuple):
    """How far someone has read.

    `start` is the profile's revision when they began. Of records that were deleted before, they need not hear.
    """

    revision: int
    pk: int
    start: int


class Choice(NamedTuple):
    """Which records, and which of their fields. None means all.

    A record that is no longer among those chosen by `active` is reported as deleted.
    """

    list: str | None = None
    active: bool | None = None
    fields: Sequence[str] | None = None


class Changes(NamedTuple):
    """`records` has the JSON of records, joined by a separator; "" if there are none."""

    records: str
    next: Place
    has_more: bool


def read_changes(profile_pk: int, place: Place | None, choice: Choice, limit: int, separator: str = "\n") -> Changes:
    """Return what follows a place: JSON of at most `limit` records. None: all that exist. Raises TooOld."""
    # Read before the records. Each record up to this revision is then among those that the second query can see.
    revision, forgotten = _stream(profile_pk)
    place = place or Place(0, 0, revision)
    if max(place.revision, place.start + 1) <= forgotten or place.revision > revision + 1:
        raise TooOld
    parameters: dict[str, Any] = {"profile": profile_pk, "limit": limit, "iso": ISO, "separator": separator}
    with connection.cursor() as cursor:
        cursor.execute(CHANGES, parameters | place._asdict() | choice._asdict())
        cursor.nextset()  # that of SET has no rows
        records, last, has_more = cursor.fetchone()
    return Changes(records, _next(tuple(last or place[:2]), revision, place.start, has_more), has_more)


def latest_revision(profile_pk: int) -> int:
    return _stream(profile_pk)[0]


def _stream(profile_pk: int) -> tuple[int, int]:
    stream = RecordStream.objects.filter(profile=profile_pk).values_list("revision", "forgotten").first()
    return stream or (0, 0)


def _next(last: tuple[int, int], revision: int, start: int, has_more: bool) -> Place:
    """Return the place after the last record: if it was the last one of all, before the revision that comes next."""
    reached = last if has_more else max(last, (revision + 1, 0))
    return Place(*reached, start)


class ChangeCounts(NamedTuple):
    """How many records of one list were added, changed or deleted."""

    list: str
    added: int
    changed: int
    deleted: int


def count_changes(profile_pk: int, after: int, until: int) -> list[ChangeCounts]:
    """Return the counts of what last changed after one revision and until another, by list."""
    items = ListItem.objects.filter(profile=profile_pk, revision__gte=0, revision__gt=after, revision__lte=until)
    present, is_new = Q(deleted_at=None), Q(first_seen_at=F("changed_at"))
    rows = items.values("list").order_by("list")
    counted = rows.annotate(
        added=Count("pk", filter=present & is_new),
        changed=Count("pk", filter=present & ~is_new),
        deleted=Count("pk", filter=~present),
    )
    return [ChangeCounts(**row) for row in counted]
