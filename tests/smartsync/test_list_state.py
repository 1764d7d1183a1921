"""What a list asks next after each page, without Intacct and without a database."""

import pytest

from intacct.functions import LARGEST_PAGE
from smartsync.engine.cursor import ListCursor
from smartsync.engine.list_state import FIRST_PAGE, ListState, Task, half
from smartsync.engine.rows import Row, Rows


def row(key: int) -> Row:
    return key, f"V{key}", "Ada", True, "{}", str(key).encode()


def unkeyed(name: str) -> Row:
    return 0, name, "Ada", True, "{}", name.encode()


def rows(*keys: int) -> Rows:
    return Rows([row(key) for key in keys], [])


def state(*, total: int = 3 * LARGEST_PAGE, low: int = 0) -> ListState:
    return ListState(ListCursor(total=total, low=low), Task.PAGE)


def test_long_list_is_read_from_both_ends() -> None:
    assert state().upper is not None
    assert state(total=3 * LARGEST_PAGE - 1).upper is None


def test_upper_end_of_an_earlier_worker_is_resumed() -> None:
    resumed = ListState(ListCursor(low=3, high=9, max_key=12, total=9, taken=7), Task.PAGE)
    assert resumed.upper is not None


def test_first_page_shows_that_a_list_is_long() -> None:
    unknown = state(total=0)
    unknown.accept_low(rows(1), total=2 * LARGEST_PAGE + 1, is_last=False, skipped=0)
    assert unknown.upper is not None


def test_only_the_first_page_of_an_incremental_sync_is_small() -> None:
    incremental = ListState(ListCursor(), Task.PAGE, is_incremental=True)
    assert incremental.page_size == FIRST_PAGE
    incremental.accept_low(rows(1), total=500, is_last=False, skipped=0)
    assert incremental.page_size == LARGEST_PAGE


def test_page_after_a_failure_is_half_as_large_once() -> None:
    failed = state()
    failed.lower.is_alone = True
    assert failed.page_size == half(LARGEST_PAGE)
    failed.accept_low(rows(1), total=None, is_last=False, skipped=0)
    assert failed.page_size == LARGEST_PAGE


def test_requested_records_of_both_ends_are_not_left() -> None:
    long = state()
    assert long.upper
    long.lower.requested, long.upper.requested = 2000, 500
    assert long.left == 3 * LARGEST_PAGE - 2500


def test_last_page_is_followed_by_the_count() -> None:
    short = state(total=2)
    fresh = short.accept_low(rows(1, 2), total=2, is_last=True, skipped=0)
    assert (fresh, short.task) == (rows(1, 2), Task.COUNT)


def test_rows_that_the_other_end_has_brought_are_left_out() -> None:
    long = state()
    assert long.upper
    long.accept_high(long.upper, rows(5, 6, 7), is_last=False)
    assert long.accept_low(rows(1, 2, 5), total=None, is_last=False, skipped=0) == rows(1, 2)
    assert long.cursor.has_met


def test_record_without_a_key_counts_once_in_both_ends() -> None:
    long = state()
    assert long.upper
    page = Rows([row(1)], [unkeyed("a"), unkeyed("b")])
    assert long.accept_low(page, total=None, is_last=False, skipped=0) == page
    again = Rows([row(9)], [unkeyed("b"), unkeyed("c")])
    assert long.accept_high(long.upper, again, is_last=False) == Rows([row(9)], [unkeyed("c")])
    assert long.cursor.taken == 5


def test_newer_records_must_be_counted_once_more() -> None:
    long = state()
    assert long.upper
    long.accept_high(long.upper, rows(5, 6), is_last=True)

    assert long.accept_count(4, rows(7, 8)) == rows(7, 8)
    assert (long.counted, long.cursor.max_key) == (None, 8)

    assert not long.accept_count(4, Rows())
    assert long.counted == 4


def test_restarted_list_forgets_everything_but_the_count() -> None:
    long = state()
    upper = long.upper
    assert upper
    long.accept_low(Rows([row(1)], [unkeyed("a")]), total=None, is_last=False, skipped=0)
    long.counted, long.task = 7, None

    long.restart()

    assert long.cursor == ListCursor(total=3 * LARGEST_PAGE)
    expected: tuple[object, ...] = (Task.PAGE, None, set(), None)
    assert (long.task, long.counted, long.unkeyed, long.upper) == expected
    assert upper.is_stopped


@pytest.mark.parametrize(("size", "expected"), [(2000, 1000), (3, 1), (1, 1)])
def test_half_a_page_has_at_least_one_record(size: int, expected: int) -> None:
    assert half(size) == expected
