"""The records of a profile, and what changed since a reader last asked."""

import json
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Literal

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from ninja import Field, Query, Router, Schema

from api.access import ApiToken, KeyRequest, find
from api.cursors import content_of, record_cursor, scope_of
from api.documents import described_problem
from api.problems import Problem
from api.scopes import Scope
from api.types import Key
from api.waiting import LONGEST, release_connection, wait_until
from core.fields import LARGEST_KEY
from smartsync.services.changes import Changes, Choice, Place, TooOld, latest_revision, read_changes
from wizard.models import SyncProfile

router = Router(tags=["Records"], auth=ApiToken(Scope.READ_RECORDS))
BATCH = 2_000
NDJSON = "application/x-ndjson"
TOO_OLD = {410: described_problem(410)}
STREAM = {200: {"description": "OK", "content": {NDJSON: {"schema": {"type": "string"}}}}}


class RecordItem(Schema):
    """A record as it is now, and what last happened to it. Store `added` and `changed` alike."""

    change: Literal["added", "changed", "deleted"] = Field(description="“deleted”: remove it, if you have it.")
    list: str
    key: int = Field(description="Intacct’s RECORDNO. With the list, it identifies the record.")
    code: str
    name: str
    active: bool
    revision: int = Field(description="Rises with each sync page that changed the record.")
    first_seen_at: datetime
    changed_at: datetime
    deleted_at: datetime | None
    fields: dict[str, str] = Field(description="The values as Intacct sent them.")


class RecordPage(Schema):
    data: list[RecordItem]
    has_more: bool = Field(description="Whether more can be read at once.")
    next_cursor: str = Field(description="Where to go on, now or in a month. It is never null.")


class RecordFilter(Schema):
    cursor: str | None = Field(None, max_length=400, description="Without it, you get all records that exist.")
    list: str | None = Field(None, max_length=80, pattern="^[A-Za-z0-9_.-]+$", description="Only this list.")
    active: bool | None = Field(
        None, description="Only active records, or only inactive ones. Others are reported as deleted."
    )
    fields: str | None = Field(
        None, max_length=4_000, pattern="^[A-Za-z0-9_.,-]+$", description="Only these fields, separated by commas."
    )

    @property
    def choice(self) -> Choice:
        return Choice(self.list, self.active, self.fields.split(",") if self.fields else None)


class RecordPaging(RecordFilter):
    limit: int = Field(200, ge=1, le=1_000, description="How many records to return at most.")
    wait: int = Field(
        0, ge=0, le=LONGEST, description="If nothing is new, wait this many seconds for a change. It may be less."
    )


@router.get(
    "/sync-profiles/{int:profile_id}/records",
    response=RecordPage,
    summary="Read records and their changes",
    openapi_extra={"responses": TOO_OLD},
)
def list_records(request: KeyRequest, profile_id: Key, filter: Annotated[RecordPaging, Query()]) -> HttpResponse:
    """In the order of their last change. Apply the items in their order; applying them twice does no harm."""
    reader = Reader(find(request, SyncProfile, profile_id).pk, filter)
    changes = reader.read(reader.start, filter.limit, ",")
    if filter.wait and not changes.records and not changes.has_more:
        wait_until(lambda: latest_revision(reader.profile_pk) >= changes.next.revision, filter.wait)
        changes = reader.read(changes.next, filter.limit, ",")
    head = json.dumps({"has_more": changes.has_more, "next_cursor": reader.cursor_at(changes.next)})
    return HttpResponse(f'{{"data":[{changes.records}],{head[1:]}', content_type="application/json")


@router.get(
    "/sync-profiles/{int:profile_id}/records.ndjson",
    summary="Stream records and their changes",
    openapi_extra={"responses": TOO_OLD | STREAM},
)
def stream_records(
    request: KeyRequest, profile_id: Key, filter: Annotated[RecordFilter, Query()]
) -> StreamingHttpResponse:
    """All pages in one response: a record on each line. The last line has `next_cursor`; without it, start again."""
    reader = Reader(find(request, SyncProfile, profile_id).pk, filter)
    # Read before the response begins, while it can still be a problem document.
    first = reader.read(reader.start, BATCH)
    parts: Iterable[bytes] = (text.encode() for text in reader.stream(first))
    headers = {"Vary": "Accept-Encoding", "X-Accel-Buffering": "no"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        parts, headers["Content-Encoding"] = _gzip(parts), "gzip"
    return StreamingHttpResponse(parts, content_type=NDJSON, headers=headers)


class Reader:
    """Reads the records of one profile that a filter chooses. Its cursors are for the same profile and filter."""

    def __init__(self, profile_pk: int, filter: RecordFilter) -> None:
        self.profile_pk = profile_pk
        self.choice = filter.choice
        self.start = self._place_in(filter.cursor) if filter.cursor else None

    def read(self, place: Place | None, limit: int, separator: str = "\n") -> Changes:
        try:
            return read_changes(self.profile_pk, place, self.choice, limit, separator)
        except TooOld:
            detail = "Records that were deleted since are no longer known. Start again without a cursor."
            raise Problem("cursor_too_old", detail) from None

    def stream(self, changes: Changes) -> Iterator[str]:
        """Yield lines, many at a time. No connection is in use while a slow client reads."""
        while True:
            release_connection()
            if changes.records:
                yield f"{changes.records}\n"
            if not changes.has_more:
                break
            changes = self.read(changes.next, BATCH)
        yield json.dumps({"next_cursor": self.cursor_at(changes.next)}) + "\n"

    def cursor_at(self, place: Place) -> str:
        return record_cursor(self.profile_pk, self.choice, place)

    def _place_in(self, cursor: str) -> Place:
        try:
            generation, *scope, revision, pk, start = content_of(cursor)
        except (ValueError, TypeError, RecursionError):
            raise Problem("invalid_cursor") from None
        if isinstance(generation, str) and generation != settings.RECORDS_GENERATION:
            raise Problem("cursor_too_old", "A backup was restored since. Start again without a cursor.")
        place = Place(revision, pk, start)
        if (
            not isinstance(generation, str)
            or scope != scope_of(self.profile_pk, self.choice)
            or not all(type(part) is int and 0 <= part <= LARGEST_KEY for part in place)
        ):
            raise Problem("invalid_cursor", "Send a cursor only to the profile, and with the filters, that it is from.")
        return place


def _gzip(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Compress as fast as possible: level 6 takes five times as long for a fifth less."""
    compressor = zlib.compressobj(level=1, wbits=zlib.MAX_WBITS | 16)
    for part in parts:
        yield compressor.compress(part)
    yield compressor.flush()
