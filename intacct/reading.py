"""Reading whole lists, page after page by a numeric key, so that no row is skipped or read twice.

Without an order Intacct's pages come in any order, and rows that appear or vanish shift pages counted by offset. Each
page here asks for what lies beyond the last key, in the order of keys.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import partial
from operator import lt

from intacct import filters
from intacct.errors import MisshapenReply, NoAnswerInTime
from intacct.flat import Record
from intacct.functions import LARGEST_PAGE, query
from intacct.reply import Data
from intacct.request import Function
from intacct.session import Session

LONGEST_KEY = 18
"""Digits of a key that is read without a second look."""
BEYOND_ANY_KEY = 10**40
SMALLEST_PAGE = 50
"""A page that times out is asked for again at half its size, down to this."""


@dataclass(frozen=True)
class Page:
    """`total`: what Intacct counted from where the page began, the page included. `last_key`: where the next begins.

    `unkeyed`: records that came without a usable key. They belong to the list, but at which place is unknown, so the
    next page may bring them again. `repeated`: how many records came twice, or with an earlier page; they are left out.
    """

    records: list[Record]
    total: int
    remaining: int
    first_key: int
    last_key: int
    unkeyed: list[Record] = field(default_factory=list)
    repeated: int = 0

    @property
    def is_last(self) -> bool:
        return self.remaining == 0

    @property
    def is_stuck(self) -> bool:
        """Whether more follows, but no key says where: it can only be asked for by its place, see `page_function`."""
        return not self.is_last and not self.records

    @property
    def count(self) -> int:
        """How many records came."""
        return len(self.records) + len(self.unkeyed) + self.repeated


def page_function(
    object: str,
    fields: Sequence[str],
    *,
    key: str = "RECORDNO",
    after: int = 0,
    where: filters.Filter | None = None,
    show_private: bool = True,
    page_size: int = LARGEST_PAGE,
    skipped: int = 0,
    descending: bool = False,
) -> Function:
    """The query for one page, to be sent with others in one request; `page_from` reads its result.

    skipped: how many records beyond `after` have come already, without a key to go on from.
    """
    return query(
        object,
        fields if key in fields else [key, *fields],
        where=filters.all_of(where, filters.gt(key, after) if after else None),
        order_by=[f"-{key}" if descending else key],
        page_size=page_size,
        offset=skipped,
        show_private=show_private,
    )


def page_from(data: Data, *, key: str = "RECORDNO", after: int = 0, skipped: int = 0, descending: bool = False) -> Page:
    """The page in ascending order, once its counts and keys agree. One that does not add up raises MisshapenReply."""
    records, unkeyed = data.records[::-1] if descending else data.records, []
    keys = key_numbers([record.get(key, "") for record in records])
    if not all(keys):
        unkeyed = [record for record, number in zip(records, keys, strict=True) if not number]
        records = [record for record, number in zip(records, keys, strict=True) if number]
        keys = [number for number in keys if number]
    repeated = 0
    if len(set(keys)) < len(keys) or min(keys, default=after + 1) <= after:
        fresh = {number: record for number, record in zip(keys, records, strict=True) if number > after}
        repeated = len(keys) - len(fresh)
        keys, records = [*fresh], [*fresh.values()]
    total = counted(data, skipped)
    first, last = min(keys, default=after), max(keys, default=after)
    page = Page(records, total, data.remaining or 0, first, last, unkeyed, repeated)
    # One page that holds everything is whole in any order; of several, only rising keys prove that none is missing.
    if not page.is_last and not all(map(lt, keys, keys[1:])):
        raise MisshapenReply(f"a page is not in the order of {key}")
    return page


def first_page(
    session: Session,
    object: str,
    fields: Sequence[str],
    *,
    key: str = "RECORDNO",
    after: int = 0,
    where: filters.Filter | None = None,
    show_private: bool = True,
    page_size: int = LARGEST_PAGE,
) -> Page:
    """The page that begins beyond `after`, at half the size and half again if Intacct takes too long."""
    ask = partial(page_function, object, fields, key=key, after=after, where=where, show_private=show_private)
    while True:
        try:
            reply = session.call(ask(page_size=page_size))
            page = page_from(reply["f1"].or_raise(), key=key, after=after)
            if page.is_stuck:
                raise MisshapenReply("a page without a key was followed by more records")
            return page
        except NoAnswerInTime:
            page_size //= 2
            if page_size < SMALLEST_PAGE:
                raise


def pages(
    session: Session,
    object: str,
    fields: Sequence[str],
    *,
    key: str = "RECORDNO",
    after: int = 0,
    where: filters.Filter | None = None,
    show_private: bool = True,
    page_size: int = LARGEST_PAGE,
) -> Iterator[Page]:
    """Every page beyond `after`; at least one, which may be empty. For user-defined dimensions the key is "id"."""
    read = partial(first_page, session, object, fields, key=key, where=where, show_private=show_private)
    while True:
        page = read(after=after, page_size=page_size)
        yield page
        if page.is_last:
            return
        after = page.last_key
        # A size that Intacct managed in time is kept.
        page_size = len(page.records)


def last_key(body: bytes, key: str) -> int | None:
    """The key of a page's last record, if it is a plain number: a glance at a reply that is still to be read."""
    text = body.rpartition(b"<%b>" % key.encode())[2].partition(b"<")[0]
    return int(text) if text.isdigit() and len(text) <= LONGEST_KEY else None


def counted(data: Data, skipped: int = 0) -> int:
    """The total, if all the counts are there and agree with what came. Raises MisshapenReply.

    skipped: the offset that was asked for. Records before it are in the total, but neither here nor remaining.
    """
    if data.total is None or data.count is None or data.remaining is None:
        raise MisshapenReply("a page came without its counts")
    if data.count != len(data.records) or data.count + data.remaining != max(0, data.total - skipped):
        raise MisshapenReply("a page does not hold as many records as it says")
    return data.total


def key_numbers(texts: Sequence[str]) -> list[int]:
    """The number of each key, 0 for what is no whole number above zero.

    As text, 10 would come before 9, and some lists call keys text or write "12.0".
    """
    whole = "".join(texts)
    # Looking once at them all is quicker than at each.
    are_digits = all(texts) and whole.isascii() and whole.isdecimal()
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
    # Looked at as it is first: of "1E+999999999", int() would write out every digit.
    if not (number.is_finite() and 0 < number < BEYOND_ANY_KEY and number == number.to_integral_value()):
        return 0
    return int(number)
