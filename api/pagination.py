"""Pages of a list. A cursor names the last row of a page, so rows that are added or removed move no other row."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from ninja import Field, Schema

from api.cursors import content_of, cursor_of
from api.problems import Problem
from core.fields import LARGEST_KEY

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")


class Paging(Schema):
    """The parameters of every list."""

    limit: int = Field(50, ge=1, le=100, description="How many items to return at most.")
    cursor: str | None = Field(
        None, max_length=200, description="`next_cursor` of the previous page. Leave it out for the first page."
    )


class Page(Schema, Generic[Item]):
    data: list[Item]
    next_cursor: str | None = Field(description="For the next page; null after the last page.")


def page_of(rows: QuerySet[Row], paging: Paging, *, newest_first: bool = False) -> tuple[Sequence[Row], str | None]:
    """Return the rows of one page, and the cursor of the next page. Raises Problem for an invalid cursor."""
    if paging.cursor:
        rows = rows.filter(**{"pk__lt" if newest_first else "pk__gt": _key_in(paging.cursor)})
    # One more than wanted shows whether there is a next page.
    found = list(rows.order_by("-pk" if newest_first else "pk")[: paging.limit + 1])
    page = found[: paging.limit]
    return page, _cursor_after(page[-1].pk) if len(found) > paging.limit else None


def _cursor_after(key: int) -> str:
    return cursor_of({"after": key})


def _key_in(cursor: str) -> int:
    try:
        key = int(content_of(cursor)["after"])
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise Problem("invalid_cursor") from None
    if not 0 <= key <= LARGEST_KEY:
        raise Problem("invalid_cursor")
    return key
