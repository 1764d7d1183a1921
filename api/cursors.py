"""Cursors: texts that clients send back unchanged. Without ninja, since workers write them too."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from django.conf import settings

from smartsync.services.changes import Choice, Place

EVERYTHING = Choice(list=None, active=None, fields=None)


def cursor_of(content: object) -> str:
    """Return a text that clients send back unchanged."""
    return urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode().rstrip("=")


def content_of(cursor: str) -> Any:
    """Return what is in a cursor. Raises ValueError or RecursionError for other texts."""
    return json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))


def record_cursor(profile_pk: int, choice: Choice, place: Place) -> str:
    """Return the cursor of a reader of these records of a profile who is at this place."""
    return cursor_of([settings.RECORDS_GENERATION, *scope_of(profile_pk, choice), *place])


def scope_of(profile_pk: int, choice: Choice) -> list[Any]:
    """What a cursor is for. Its reader may choose other fields."""
    return [profile_pk, choice.list, choice.active]


def cursor_after(profile_pk: int, revision: int) -> str:
    """Return the cursor of a reader of all records who has read up to this revision."""
    return record_cursor(profile_pk, EVERYTHING, Place(revision + 1, 0, revision))
