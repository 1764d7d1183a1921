"""Read whole lists, page after page by a numeric key, so that no record is skipped or read twice.

Without `orderby`, Intacct returns records in any order. With an offset, records that are added or deleted during the
reading move the following pages. So each page here asks for records with a key above the last one, in order of the key.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import partial
from operator import lt

from intacct import filters
from intacct.errors import MisshapenReply, NoAnswerInTime
from intacct.functions import LARGEST_PAGE, query
from intacct.records import Record, column
from intacct.reply import Data
from intacct.request import Function
from intacct.session import Session

LONGEST_KEY = 18
"""Digits of a key that `int` reads without further checks."""
BEYOND_ANY_KEY = 10**40
SMALLEST_PAGE = 50
"""Records. A page that times out is requested again at half its size, but not below this."""


@dataclass(frozen=True)
class Page:
    """Hold one page of a list, in ascending order of the key.

    total: how many records Intacct counted from the start of this page on. remaining: how many follow this page.
    first_key, last_key: the keys at its ends; the next page starts above last_key.
    unkeyed: records without a usable key. They belong to the list, but their position is unknown, so the next page may
    return them again. repeated: how many records came twice or were in an earlier page; they are left out.
    """

    records: Sequence[Record]
    total: int
    remaining: int
    first_key: int
    last_key: int
    unkeyed: Sequence[Record] = field(default_factory=list)
    repeated: int = 0

    @property
    def is_last(self) -> bool:
        """Whether no records follow this page."""
        return self.remaining == 0

    @property
    def is_stuck(self) -> bool:
        """Whether more records follow, but this page has no key to continue from.

        Then the next page can only be requested by its offset: see `skipped` of `page_function`.
        """
        return not self.is_last and not self.records

    @property
    def count(self) -> int:
        """How many records Intacct sent."""
        return len(self.records) + len(self.unkeyed) + self.repeated


def page_function(
    object: str,
    fields: Sequence[str],
    *,
    key: str = "RECORDNO",
    after: int = 0,
    where: filters.Filter | None = None,
    page_size: int = LARGEST_PAGE,
    skipped: int = 0,
    descending: bool = False,
) -> Function:
    """Return the query for one page. It can be sent with other functions; `page_from` reads its result.

    key: the numeric field to read by. after: read records whose key is above this; 0 for the start of the list.
    where: a further condition. page_size: records, at most `LARGEST_PAGE`.
    skipped: how many records above `after` were read without a usable key. descending: start at the largest key.
    """
    return query(
        object,
        fields if key in fields else [key, *fields],
        where=filters.all_of(where, filters.gt(key, after) if after else None),
        order_by=[f"-{key}" if descending else key],
        page_size=page_size,
        offset=skipped,
        # At the top level, Intacct otherwise leaves out records of single entities.
        show_private=True,
    )


def page_from(data: Data, *, key: str = "RECORDNO", after: int = 0, skipped: int = 0, descending: bool = False) -> Page:
    """Return the page, in ascending order, from the data of a query that `page_function` built.

    The arguments must be the same as there. Raises MisshapenReply if counts or keys contradict each other.
    """
    records, unkeyed = data.records[::-1] if descending else data.records, []
    keys = key_numbers(column(records, key))
    if not all(keys):
        unkeyed = [record for record, number in zip(records, keys, strict=True) if not number]
        records = [record for record, number in zip(records, keys, strict=True) if number]
        keys = [number for number in keys if number]
    repeated = 0
    if len(set(keys)) < len(keys) or min(keys, default=after + 1) <= after:
        fresh = {number: record for number, record in zip(keys, records, strict=True) if number > after}
        repeated = len(keys) - len(fresh)
        keys, records = [*fresh], [*fresh.values()]
    total = total_of(data, skipped)
    first, last = min(keys, default=after), max(keys, default=after)
    page = Page(records, total, data.remaining or 0, first, last, unkeyed, repeated)
    # A single page with the whole list is complete in any order. With several pages, only rising keys prove that no
    # record is missing between two pages.
    if not page.is_last and not all(map(lt, keys, keys[1:])):
        raise MisshapenReply(f"a page is not in the order of {key}")
    return page


def pages(
    session: Session,
    object: str,
    fields: Sequence[str],
    *,
    key: str = "RECORDNO",
    after: int = 0,
    where: filters.Filter | None = None,
    page_size: int = LARGEST_PAGE,
) -> Iterator[Page]:
    """Read every page above `after`: at least one, which may be empty.

    Halves the size of the pages whenever Intacct does not answer in time.
    The arguments are those of `page_function`. For user-defined dimensions the key is "id".
    Raises IntacctError; NoAnswerInTime only below `SMALLEST_PAGE`.
    """
    function = partial(page_function, object, fields, key=key, where=where)
    while True:
        try:
            reply = session.call(function(after=after, page_size=page_size))
        except NoAnswerInTime:
            page_size //= 2
            if page_size < SMALLEST_PAGE:
                raise
            continue
        page = page_from(reply["f1"].or_raise(), key=key, after=after)
        if page.is_stuck:
            raise MisshapenReply("a page without a key was followed by more records")
        yield page
        if page.is_last:
            return
        after = page.last_key


def last_key(body: bytes, key: str) -> int | None:
    """Return the key of the last record in an unparsed reply; None if it is not a plain number.

    With it, the next page can be requested before this reply is parsed.
    """
    text = body.rpartition(b"<%b>" % key.encode())[2].partition(b"<")[0]
    return int(text) if text.isdigit() and len(text) <= LONGEST_KEY else None


def total_of(data: Data, skipped: int = 0) -> int:
    """Return the total of a page, after checking that its counts agree with its records.

    skipped: the offset of the query. Records before it count in the total, but are neither on the page nor remaining.
    Raises MisshapenReply if a count is missing or wrong.
    """
    if data.total is None or data.count is None or data.remaining is None:
        raise MisshapenReply("a page came without its counts")
    if data.count != len(data.records) or data.count + data.remaining != max(0, data.total - skipped):
        raise MisshapenReply("a page does not hold as many records as it says")
    return data.total


def key_numbers(texts: Sequence[str]) -> list[int]:
    """Return the number of every key; 0 for a text that is not a whole number above zero.

    Compared as text, 10 would come before 9. Some lists declare keys as text or write "12.0".
    """
    joined = "".join(texts)
    # One check of all keys together is faster than a check of every key.
    are_digits = all(texts) and joined.isascii() and joined.isdecimal()
    is_plain = are_digits and max(map(len, texts)) <= LONGEST_KEY
    return [*map(int if is_plain else _key_number, texts)]


def _key_number(text: str) -> int:
    if not text.isascii():
        return 0
    if text.isdecimal() and len(text) <= LONGEST_KEY:
        return int(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return 0
    # Checked before the conversion: int() would write out every digit of "1E+999999999".
    if not (number.is_finite() and 0 < number < BEYOND_ANY_KEY and number == number.to_integral_value()):
        return 0
    return int(number)
