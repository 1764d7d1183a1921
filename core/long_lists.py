"""Page through a list of any length, in a time that does not grow with it."""

from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import QuerySet

MOST_COUNTED = 10_000
"""Rows. To count all that match a frequent word takes longer than everything else on a page."""


class LongPaginator(Paginator):  # type: ignore[type-arg]  # Django's is not generic
    """Splits an ordered QuerySet into pages.

    exact_count: the number of rows, if the caller knows it. Pages of the second half are then read from the end, since
    PostgreSQL reads everything before the first row of a page. Otherwise, rows are counted up to `MOST_COUNTED`, and
    there are no pages after that.
    """

    def __init__(self, rows: QuerySet[Any], per_page: int, exact_count: int | None = None) -> None:
        super().__init__(rows, per_page)
        self.exact_count = exact_count
        self.rows = rows
        # Only the keys: to reach a page, PostgreSQL then reads an index and not the rows.
        self.keys = rows.values_list("pk", flat=True)

    @cached_property
    def count(self) -> int:
        """The number of rows on all pages."""
        return len(self._first_keys[:MOST_COUNTED]) if self.exact_count is None else self.exact_count

    @property
    def has_more(self) -> bool:
        """Whether there are more rows than `count`."""
        return self.exact_count is None and len(self._first_keys) > MOST_COUNTED

    @cached_property
    def _first_keys(self) -> list[int]:
        """The keys of all pages and one more. One query counts and finds, as either may read the whole list.

        They are sent as one array: to receive 10,000 rows takes longer than to find them.
        """
        try:
            sql, parameters = self.keys[: MOST_COUNTED + 1].query.sql_with_params()
        except EmptyResultSet:
            return []
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT ARRAY({sql})", parameters)
            keys: list[int] = cursor.fetchone()[0]
        return keys

    def page(self, number: int | str) -> "Page[Any]":
        """Return a page of rows."""
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        keys = self._keys_between(first, min(first + self.per_page, self.count))
        # Without the conditions of the rows, which the keys fulfill, but with the rows of other tables that they need.
        chosen = self.rows.model._default_manager.all()
        chosen.query.select_related = self.rows.query.select_related
        found = chosen.in_bulk(keys)
        return Page([found[key] for key in keys if key in found], number, self)

    def _keys_between(self, first: int, last: int) -> list[int]:
        if self.exact_count is None:
            return self._first_keys[first:last]
        if first > self.exact_count // 2:
            return [*self.keys.reverse()[self.exact_count - last : self.exact_count - first]][::-1]
        return [*self.keys[first:last]]
