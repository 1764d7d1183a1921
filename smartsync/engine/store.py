"""Stores pages of records, and advances the checkpoints of their list run.

Lists are read in the order of their keys, so a page proves which keys exist between its first and its last one. A
record that we have in this range and that is not on the page is missing in Intacct. Missing records stay unchanged
until the whole list is complete. A record that came and could not be stored is not missing, so our version of it stays.
"""

from collections.abc import Sequence
from operator import add
from typing import Any

from django.db import DatabaseError
from django.utils import timezone

from core.batches import is_rows_fault
from smartsync.engine.merge import Counts, copy_new, merge
from smartsync.engine.rows import Row, Rows
from smartsync.engine.set_aside import Reason, reason_against, set_aside
from smartsync.models import ListRun, SyncRun
from smartsync.models.items import LARGEST_KEY, LONG

Merged = tuple[Counts, list[tuple[Row, Reason]]]
"""The counts of the stored rows, and the rows that the database does not accept."""
NOT_STORABLE = DatabaseError, UnicodeError, OverflowError
"""What a row that cannot be stored raises. OverflowError: the driver cannot write a key beyond 64 bits."""


def both_ends_store(list_run: ListRun, lower: Rows, upper: Rows) -> bool:
    """Write pages of both ends with one COPY if we have no record between the checkpoints, as in a first sync.

    Advances both checkpoints, in the caller's transaction, and returns True. Otherwise writes nothing and returns
    False: then each end's page must be stored by itself.
    """
    is_apart = bool(lower.keyed and upper.keyed) and lower.keyed[-1][0] < upper.keyed[0][0]
    # A list run that is not stored yet is that of a partial run: `_store` stores it with its first record.
    if list_run.pk is None or not is_apart or lower.unkeyed or upper.unkeyed:
        return False
    rows = [*lower.keyed, *upper.keyed]
    try:
        are_new = copy_new(rows, _parameters(list_run, list_run.low_key, _below(list_run.high_key)))
    except NOT_STORABLE as error:
        if not is_rows_fault(error):
            raise
        # The row that cannot be stored is found when each end is stored by itself.
        return False
    if are_new:
        _raise_low(list_run, lower)
        _lower_high(list_run, upper)
        list_run.read += len(rows)
        list_run.new += len(rows)
    return are_new


def page_store(list_run: ListRun, rows: Rows, *, is_last: bool) -> None:
    """Write the page that follows the checkpoint `low_key`, and advance the checkpoint, in the caller's transaction.

    All keys are greater than `low_key`, and no key occurs twice. `is_last` means that Intacct has no records between
    the end of this page and `high_key` (None: and the end of the list). Only a full run looks for missing records.
    The caller saves the list run.
    """
    low = list_run.low_key
    _raise_low(list_run, rows)
    # Below the part that the upper end has stored: its records are not on this page, and are not missing either.
    _store(list_run, rows, low, _below(list_run.high_key) if is_last else list_run.low_key)


def upper_page_store(list_run: ListRun, rows: Rows) -> None:
    """Write the page below the checkpoint `high_key`, and lower it, in the caller's transaction.

    The first such page ends with the highest key of the list.
    """
    # A page without keyed rows proves nothing about keys, so its range is empty.
    high = _below(list_run.high_key)
    _lower_high(list_run, rows)
    _store(list_run, rows, list_run.high_key - 1 if list_run.high_key else LARGEST_KEY, high)


def newest_store(list_run: ListRun, rows: Rows) -> None:
    """Write records with keys above `max_key`, which were created after the first page from the top was read."""
    low = list_run.max_key or 0
    list_run.max_key = _checkpoint(rows.keyed[-1]) if rows.keyed else low
    _store(list_run, rows, low, list_run.max_key)


def _raise_low(list_run: ListRun, rows: Rows) -> None:
    if rows.keyed:
        list_run.low_key = _checkpoint(rows.keyed[-1])


def _lower_high(list_run: ListRun, rows: Rows) -> None:
    if rows.keyed:
        list_run.high_key = _checkpoint(rows.keyed[0])
        list_run.max_key = list_run.max_key or _checkpoint(rows.keyed[-1])


def _below(high_key: int | None) -> int | None:
    """The highest key below the part that the upper end has stored. None: there is no such part yet."""
    return high_key and high_key - 1


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
    (new, changed, unchanged, deactivated), unstorable = _merge_storable(rows.keyed, _parameters(list_run, low, high))
    aside = set_aside(list_run, [*unstorable, *((row, Reason.NO_KEY) for row in rows.unkeyed)])
    list_run.read += new + changed + unchanged + aside
    list_run.new += new
    list_run.changed += changed
    list_run.unchanged += unchanged
    list_run.deactivated += deactivated
    list_run.set_aside += aside


def _parameters(list_run: ListRun, low: int, high: int | None) -> dict[str, Any]:
    is_full = list_run.run.kind == SyncRun.Kind.FULL
    return {
        "profile": list_run.run.profile_id,
        "list": list_run.slug,
        "list_run": list_run.pk,
        "is_full": is_full,
        "low": low,
        "high": high,
        # The start of this list run, not of the run: what an earlier run wrote does not count as new here.
        "began": list_run.began_at,
        "is_long": is_full and (list_run.counted_before or 0) > LONG,
        "now": timezone.now(),
    }


def _merge_storable(rows: Sequence[Row], parameters: dict[str, Any]) -> Merged:
    """Merge all rows in one statement. Only if that fails, check each row and leave out those that cannot be stored."""
    try:
        return merge(rows, parameters), []
    except NOT_STORABLE as error:
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
        return merge([], parameters), [(rows[0], Reason.REFUSED)]
    lower, upper = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    border = lower[-1][0]
    counts, unstorable = _merge_storable(lower, parameters | {"high": border})
    more_counts, more = _merge_storable(upper, parameters | {"low": border})
    return tuple(map(add, counts, more_counts)), unstorable + more
