"""Both ends of a list, read in any order, without Intacct and without a database."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartsync.engine.cursor import ListCursor

BOTH_ENDS = ListCursor(total=10)


@dataclass(frozen=True)
class Page:
    """What Intacct sends to one end: at most so many of the keys between the bounds.

    remaining: how many others are between them. other_taken: how many keys the other end had brought before.
    """

    keys: Sequence[int]
    remaining: int
    other_taken: int = 0


def low_page(keys: Sequence[int], cursor: ListCursor, size: int) -> Page:
    between = [key for key in keys if key > cursor.low and (cursor.high is None or key < cursor.high)]
    return Page(between[:size], max(0, len(between) - size))


def high_page(keys: Sequence[int], cursor: ListCursor, size: int) -> Page:
    between = [key for key in keys if key > cursor.low and (cursor.high is None or key < cursor.high)]
    return Page(between[-size:], max(0, len(between) - size))


@given(
    keys=st.lists(st.integers(1, 10**6), unique=True, max_size=40).map(sorted),
    size=st.integers(1, 7),
    is_low=st.lists(st.booleans(), min_size=80, max_size=80),
    first=st.booleans(),
)
def test_pages_of_both_ends_in_any_order_bring_every_key_once(
    keys: list[int], size: int, is_low: list[bool], first: bool
) -> None:
    """Each end has one request in progress, as in a run. Its page is the one that Intacct sent when it was asked."""
    cursor = ListCursor(total=len(keys))
    low, high = low_page(keys, cursor, size), high_page(keys, cursor, size)
    low_taken, high_taken = list[int](), list[int]()

    for comes_from_low in [first, *is_low]:
        if cursor.has_met:
            break
        if comes_from_low:
            low_taken += low.keys[cursor.unread(low.keys)]
            cursor = cursor.advance_low(low.keys, is_end=low.remaining <= len(high_taken) - low.other_taken)
            low = replace(low_page(keys, cursor, size), other_taken=len(high_taken))
        else:
            high_taken += high.keys[cursor.unread(high.keys)]
            cursor = cursor.advance_high(high.keys, is_end=high.remaining <= len(low_taken) - high.other_taken)
            high = replace(high_page(keys, cursor, size), other_taken=len(low_taken))
        assert cursor.has_met == (sorted(low_taken + high_taken) == keys)

    assert cursor.has_met
    assert sorted(low_taken + high_taken) == keys
    assert (cursor.taken, cursor.left) == (len(keys), 0)


@given(keys=st.lists(st.integers(1, 10**6), unique=True, max_size=40).map(sorted), size=st.integers(1, 7))
def test_one_end_alone_reads_to_the_last_page(keys: list[int], size: int) -> None:
    """Even if Intacct counted fewer records before: the list may have grown."""
    cursor, taken = ListCursor(total=len(keys) // 2), list[int]()

    while not cursor.has_met:
        page = low_page(keys, cursor, size)
        taken += page.keys[cursor.unread(page.keys)]
        cursor = cursor.advance_low(page.keys, is_end=not page.remaining)

    assert taken == keys


def test_page_that_reaches_into_the_other_ends_part_ends_the_list() -> None:
    cursor = BOTH_ENDS.advance_high([7, 8, 9]).advance_low([4, 5, 7, 8])
    assert (cursor.has_met, cursor.low, cursor.taken) == (True, 5, 5)


def test_page_that_comes_after_the_ends_have_met_brings_nothing() -> None:
    met = BOTH_ENDS.advance_low([1, 2]).advance_high([3, 4], is_end=True)
    late = met.advance_low([3, 4])
    assert (met.has_met, late.taken, late.low) == (True, 4, 2)


def test_record_created_between_the_ends_after_they_met_is_left_to_the_second_pass() -> None:
    """It makes the counts differ, so the list is read once more."""
    met = BOTH_ENDS.advance_low([1, 2]).advance_high([5, 6], is_end=True)
    assert met.advance_low([3, 5]).taken == 4


def test_records_without_a_key_count_as_taken() -> None:
    cursor = BOTH_ENDS.advance_low([1, 2], unkeyed=1).advance_high([9], unkeyed=1)
    assert (cursor.taken, cursor.left) == (5, 5)


def test_page_without_a_key_moves_no_end() -> None:
    assert BOTH_ENDS.advance_low([], unkeyed=2, skipped=2) == replace(BOTH_ENDS, taken=2, skipped=2)
    assert BOTH_ENDS.advance_high([], unkeyed=2) == replace(BOTH_ENDS, taken=2)


def test_page_with_a_key_ends_the_skipping() -> None:
    cursor = BOTH_ENDS.advance_low([], unkeyed=2, skipped=2).advance_low([5])
    assert (cursor.low, cursor.skipped) == (5, 0)


def test_highest_key_is_that_of_the_first_page_until_newer_records_come() -> None:
    cursor = BOTH_ENDS.advance_high([8, 9]).advance_high([6, 7])
    assert (cursor.high, cursor.max_key) == (6, 9)
    assert cursor.extend([11, 12]).max_key == 12
    assert cursor.extend([]) == cursor


@pytest.mark.parametrize(
    ("low", "high", "unread"), [(0, None, [2, 4, 6]), (2, None, [4, 6]), (0, 6, [2, 4]), (4, 5, []), (6, 3, [])]
)
def test_unread_keys_lie_between_the_ends(low: int, high: int | None, unread: list[int]) -> None:
    keys = [2, 4, 6]
    assert keys[ListCursor(low=low, high=high).unread(keys)] == unread
