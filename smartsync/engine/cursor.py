"""How far both ends of a list have come, as a value. Knows neither Intacct nor the database."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class ListCursor:
    """Hold which keys of a list have come: those up to `low`, and those from `high` to `max_key`.

    The lower end reads upward from the smallest key. A long list also has an upper end, which reads downward from the
    largest key. The list is whole when they meet.

    low: the highest key that came from the lower end; 0 before its first page.
    high: the lowest key that came from the upper end; None before its first page.
    max_key: the highest key of the list when the upper end began. Records above it were created later.
    skipped: how many records above `low` came without a usable key. The next page must skip them by number, since no
    key tells Intacct where to continue: see `intacct.paging`.
    taken: how many records came. total: how many Intacct counted at the start. has_met: whether every record has come.
    """

    low: int = 0
    high: int | None = None
    max_key: int | None = None
    skipped: int = 0
    taken: int = 0
    total: int = 0
    has_met: bool = False

    @property
    def left(self) -> int:
        """About how many records are still to come; the list may have changed since Intacct counted it."""
        return self.total - self.taken

    def unread(self, keys: Sequence[int]) -> slice:
        """Return which of these rising keys lie between the ends, so that they have not come before.

        A page that was requested before the other end's last page may reach beyond the meeting point.
        """
        # Bisection, since the keys rise: a page has 2,000.
        start = bisect_right(keys, self.low)
        end = len(keys) if self.high is None else bisect_left(keys, self.high)
        return slice(start, max(start, end))

    def advance_low(
        self, keys: Sequence[int], *, unkeyed: int = 0, is_end: bool = False, skipped: int = 0
    ) -> "ListCursor":
        """Return the cursor after a page from the lower end.

        keys: its keys, rising. unkeyed: how many of its records have no usable key. is_end: whether all records between
        this page and the other end have come. skipped: see the class.
        """
        fresh = keys[self.unread(keys)]
        low = fresh[-1] if fresh else self.low
        return replace(self._after_page(keys, fresh, unkeyed, is_end), low=low, skipped=skipped)

    def advance_high(self, keys: Sequence[int], *, unkeyed: int = 0, is_end: bool = False) -> "ListCursor":
        """Return the cursor after a page from the upper end. The arguments are those of `advance_low`."""
        fresh = keys[self.unread(keys)]
        cursor = self._after_page(keys, fresh, unkeyed, is_end)
        high = fresh[0] if fresh else self.high
        if cursor.has_met:
            # The lower end may still wait for a page of records that came from the upper end. With this bound, none of
            # them counts as new.
            high = self.low + 1
        # Without a key, the first page shows no highest key. Then records that are created from now on are not looked
        # for; they make the counts differ, so the list is read once more.
        return replace(cursor, high=high, max_key=self.max_key or (keys[-1] if keys else None))

    def extend(self, keys: Sequence[int]) -> "ListCursor":
        """Return the cursor after records above `max_key`, which were created while the list was read."""
        return replace(self, max_key=keys[-1]) if keys else self

    def _after_page(self, keys: Sequence[int], fresh: Sequence[int], unkeyed: int, is_end: bool) -> "ListCursor":
        # The ends have met if nothing is left between them, or if a page reached into the other end's part. That as
        # many records came as Intacct counted at the start proves nothing: the upper end may have brought newer ones.
        has_met = self.has_met or is_end or len(fresh) < len(keys)
        return replace(self, taken=self.taken + len(fresh) + unkeyed, has_met=has_met)
