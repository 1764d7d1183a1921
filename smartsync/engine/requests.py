"""The functions that ask Intacct for one list: its fields, its pages from either end, and its count."""

from intacct import filters
from intacct.functions import LARGEST_PAGE, lookup, query
from intacct.paging import page_function
from intacct.request import Function
from intacct.setup_replies import UserFormatting
from smartsync.engine.filters import changed_since
from smartsync.models import ListRun


class Requests:
    """Build the functions for one list run, and name the control IDs under which their results come.

    Every control ID begins with the position of the list in its run, since several lists share a request.
    """

    def __init__(self, list_run: ListRun, formatting: UserFormatting | None) -> None:
        self.list_run = list_run
        self.kind = list_run.record_list
        self.formatting = formatting
        # Built once: it is the same for all pages, and every count must use the same filter as the pages.
        self.where = changed_since(list_run, formatting)

    @property
    def fields_id(self) -> str:
        """The control ID of the request for the list's fields."""
        return f"{self.list_run.position} fields"

    @property
    def page_id(self) -> str:
        """The control ID of the lower end's page."""
        return str(self.list_run.position)

    @property
    def upper_page_id(self) -> str:
        """The control ID of the upper end's page."""
        return f"{self.list_run.position} down"

    @property
    def count_id(self) -> str:
        """The control ID of the count that comes with a page."""
        return f"{self.list_run.position} count"

    @property
    def newest_id(self) -> str:
        """The control ID of the page with records created since the upper end's first page."""
        return f"{self.list_run.position} newest"

    def update_filter(self) -> None:
        """Build the filter again after the fields of the list run have changed: it may use one of them."""
        self.where = changed_since(self.list_run, self.formatting)

    def fields(self) -> list[Function]:
        """Ask which fields the object has, and how many records there are."""
        return [lookup(self.kind.object).with_id(self.fields_id), self._count()]

    def page(self, after: int, before: int | None, size: int, skipped: int) -> Function:
        """Ask for the next page of the lower end: keys above `after` and below `before`."""
        return self._page(after, before, size, skipped).with_id(self.page_id)

    def upper_page(self, after: int, before: int | None, size: int) -> Function:
        """Ask for the next page of the upper end: the highest keys below `before` and above `after`."""
        return self._page(after, before, size, is_descending=True).with_id(self.upper_page_id)

    def count(self, max_key: int | None) -> list[Function]:
        """Ask how many records there are, and for records above `max_key`, which were created since it was read.

        Both in one request, so that in most cases one request ends a list.
        """
        # Without the upper bound of pages: what lies below `max_key` has come from the other end.
        newest = [self._page(max_key, None, LARGEST_PAGE).with_id(self.newest_id)] if max_key else []
        return [self._count(), *newest]

    def _page(
        self, after: int, before: int | None, size: int, skipped: int = 0, *, is_descending: bool = False
    ) -> Function:
        below = filters.lt(self.kind.key, before) if before else None
        return page_function(
            self.kind.object,
            self.list_run.fields,
            key=self.kind.key,
            after=after,
            where=filters.all_of(self.where, below),
            page_size=size,
            skipped=skipped,
            descending=is_descending,
        )

    def _count(self) -> Function:
        """A page of one record, because every page comes with the number of all records."""
        # Private records belong to single entities. Pages bring them too, so the count must include them.
        key = self.kind.key
        counting = query(self.kind.object, [key], where=self.where, order_by=[key], page_size=1, show_private=True)
        return counting.with_id(self.count_id)
