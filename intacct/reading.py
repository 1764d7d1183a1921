"""Reading whole lists, page after page by a numeric key, so that no row is skipped or read twice.

Without an order Intacct's pages come in any order, and rows that appear or vanish shift pages counted by offset. Each
page here asks for what lies beyond the last key, in the order of keys.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
"""Digits."""
SMALLEST_PAGE = 50
"""A page that times out is asked for again at half its size, down to this."""


@dataclass(frozen=True)
class Page:
    """`total`: what Intacct counted from where the page began, the page included. `last_key`: where the next begins."""

    records: list[Record]
    total: int
    first_key: int
    last_key: int

    @property
    def is_last(self) -> bool:
        return self.total == len(self.records)


def page_function(
    object: str,
    fields: Sequence[str],
    *,
    key: str = "RECORDNO",
    after: int = 0,
    where: filters.Filter | None = None,
    show_private: bool = True,
    page_size: int = LARGEST_PAGE,
    descending: bool = False,
) -> Function:
    """The query for one page, to be sent with others in one request; `page_from` reads its result."""
    return query(
        object,
        fields if key in fields else [key, *fields],
        where=filters.all_of(where, filters.gt(key, after) if after else None),
        order_by=[f"-{key}" if descending else key],
        page_size=page_size,
        show_private=show_private,
    )


def page_from(data: Data, *, key: str = "RECORDNO", after: int = 0, descending: bool = False) -> Page:
    """The page in ascending order, once its counts and keys agree. One that does not add up raises MisshapenReply."""
    records = data.records[::-1] if descending else data.records
    keys = _keys([record.get(key, "") for record in records])
    page = Page(records, _counted(data), min(keys, default=after), max(keys, default=after))
    if not page.is_last and not keys:
        raise MisshapenReply("an empty page was followed by more records")
    # One page that holds everything is whole in any order; of several, only rising keys prove that none is missing.
    if len(set(keys)) < len(keys) or (keys and page.first_key <= after):
        raise MisshapenReply(f"a page repeats records already read, by {key}")
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
            return page_from(reply["f1"].or_raise(), key=key, after=after)
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


def _counted(data: Data) -> int:
    """The total, if all the counts are there and agree with what came."""
    if data.total is None or data.count is None or data.remaining is None:
        raise MisshapenReply("a page came without its counts")
    if data.count != len(data.records) or data.count + data.remaining != data.total:
        raise MisshapenReply("a page does not hold as many records as it says")
    return data.total


def _keys(texts: list[str]) -> list[int]:
    """Keys are numbers even where Intacct calls them text or writes "12.0": as text, 10 would come before 9."""
    whole = "".join(texts)
    # Looking once at them all is quicker than at each.
    plain = all(texts) and whole.isascii() and whole.isdecimal() and max(map(len, texts)) <= LONGEST_KEY
    return [*map(int if plain else key_number, texts)]


def key_number(text: str) -> int:
    """The number of a key. Raises MisshapenReply for what is none."""
    if text.isdecimal() and len(text) <= LONGEST_KEY:
        return int(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number != number.to_integral_value():
        raise MisshapenReply("a record came without a numeric key")
    return int(number)
