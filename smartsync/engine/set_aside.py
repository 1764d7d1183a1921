"""Records that cannot be stored: each is set aside with its reason, and the rest of its list is stored."""

import json
from collections.abc import Callable, Sequence

from smartsync.engine.rows import Row
from smartsync.models import ListRun, SetAsideRecord
from smartsync.models.items import LARGEST_KEY

Reason = SetAsideRecord.Reason
Unstorable = Sequence[tuple[Row, Reason]]
LONGEST_CODE = 2_000
"""Bytes. An index entry of PostgreSQL has room for 2,704 bytes, for the code together with its profile and list."""

CHECKS: dict[Reason, Callable[[Row], bool]] = {
    Reason.KEY_TOO_LARGE: lambda row: row[0] > LARGEST_KEY,
    Reason.CODE_TOO_LONG: lambda row: len(row[1].encode(errors="replace")) > LONGEST_CODE,
    Reason.CHARACTERS: lambda row: any(map(_has_unstorable_characters, (*row[1:3], *json.loads(row[4]).values()))),
}
"""What the columns of `ListItem` cannot store. Checked only after the database has refused a page."""


def reason_against(row: Row) -> Reason | None:
    """Return why the columns cannot store the row, or None if they can."""
    return next((reason for reason, holds in CHECKS.items() if holds(row)), None)


def set_aside(list_run: ListRun, unstorable: Unstorable) -> int:
    """Save what identifies these records, once per record. Returns how many were new in this list run.

    The caller holds the lock of the run, so no other worker does this at the same time, and saves the list run.
    """
    if not unstorable:
        return 0
    # By fingerprint, since a record without a key has nothing else that identifies it. A page that is read again, after
    # a failure or by the other end, brings it once more.
    records = {row[5]: _record(list_run, row, reason) for row, reason in unstorable}
    existing = list_run.set_aside_records.filter(fingerprint__in=records).values_list("fingerprint", flat=True)
    new = records.keys() - {bytes(fingerprint) for fingerprint in existing}
    SetAsideRecord.objects.bulk_create(records[fingerprint] for fingerprint in new)
    return len(new)


def _record(list_run: ListRun, row: Row, reason: Reason) -> SetAsideRecord:
    key, code, _name, _active, fields, fingerprint = row
    return SetAsideRecord(
        list_run=list_run,
        # What the column cannot hold is only shown, in `number`.
        key=key if 0 < key <= LARGEST_KEY else None,
        number=_storable(json.loads(fields).get(list_run.record_list.key, "")),
        code=_storable(code),
        reason=reason,
        fingerprint=fingerprint,
    )


def _has_unstorable_characters(text: str) -> bool:
    return "\0" in text or (not text.isascii() and text.encode(errors="ignore").decode() != text)


def _storable(text: str) -> str:
    """The text with only characters that can be stored, cut to the length that is enough to find it in Intacct."""
    return text.encode(errors="replace").decode().replace("\0", "?")[: SetAsideRecord.LONGEST]
