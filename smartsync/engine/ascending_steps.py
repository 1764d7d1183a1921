"""The requests of the lower end of a list: its fields, its pages, and its count."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from intacct.paging import page_from, total_of
from intacct.reply import Reply
from intacct.reply_damage import REPLACEMENT
from intacct.setup_replies import fields as fields_of
from smartsync.engine.reading import ListReading
from smartsync.engine.rows import Rows, rows_of
from smartsync.engine.step import Step, Writes
from smartsync.warnings import Note, page_warnings, repeated


class Fields(NamedTuple):
    """The fields of the object in this company, and how many records it has."""

    known: set[str]
    total: int


class Count(NamedTuple):
    """How many records Intacct counted; and the records above the upper end, with the warnings about them."""

    total: int
    newest: Rows = Rows()
    warnings: Sequence[Note] = ()


class LowPage(NamedTuple):
    """A page of the lower end. remaining: how many records Intacct had between this page and the upper end.

    end_count: the count after the last page, if the request asked for one.
    total: the size of the whole list, known from its first page only. skipped: how many records above the last key the
    next page must skip.
    """

    rows: Rows
    remaining: int
    total: int | None
    skipped: int
    end_count: Count | None
    warnings: Sequence[Note]


@dataclass(frozen=True, kw_only=True)
class FieldsStep(Step[Fields]):
    """Look up the fields of the object, and count its records."""

    reading: ListReading

    def read(self, reply: Reply) -> Fields:
        requests = self.reading.requests
        known = set(fields_of(reply[requests.fields_id].as_read()))
        if any(REPLACEMENT in name for name in known):
            # A damaged name may be any of our fields, so all are asked for. Intacct refuses unknown ones by name.
            known.update(requests.kind.fields)
        return Fields(known, total_of(reply[requests.count_id].as_read()))

    def accept(self, content: Fields) -> Writes:
        # Now, not with the write: the first page is requested while this is stored.
        self.reading.state.accept_fields(content.total)
        return self.reading.recorder.choose_fields(content.known, content.total)


@dataclass(frozen=True, kw_only=True)
class CountStep(Step[Count]):
    """Count the records, and read those above `max_key`, which were created while the list was read."""

    reading: ListReading
    max_key: int | None

    def read(self, reply: Reply) -> Count:
        return _read_count(self.reading, self.max_key, reply)

    def accept(self, content: Count) -> Writes:
        return _accept_count(self.reading, content)


@dataclass(frozen=True, kw_only=True)
class PageStep(Step[LowPage]):
    """Read the page with keys above `after` and below `before`, and with the last page count the records.

    skipped: how many records above `after` have come without a usable key. high_taken: how many records the upper end
    had brought before this request.
    """

    reading: ListReading
    after: int
    before: int | None
    skipped: int
    high_taken: int
    is_counting: bool
    max_key: int | None

    def read(self, reply: Reply) -> LowPage:
        list_run, kind = self.reading.list_run, self.reading.requests.kind
        result = reply[self.reading.requests.page_id]
        data = result.as_read()
        page = page_from(data, key=kind.key, after=self.after, skipped=self.skipped)
        # A page without a usable key that is not the last one: the next page skips its records by number. If the page
        # was empty, its records are lost, and the counts will differ.
        skipped = self.skipped + (page.count or self.records) if page.is_stuck else 0
        return LowPage(
            rows_of(list_run, page.records, page.unkeyed),
            page.remaining,
            # Only a page without bounds comes with the number of all records.
            None if self.after or self.before else page.total,
            skipped,
            _read_count(self.reading, self.max_key, reply) if self.is_counting else None,
            [*page_warnings(kind, result, data), *repeated(page.repeated)],
        )

    def accept(self, content: LowPage) -> Writes:
        state, recorder = self.reading.state, self.reading.recorder
        recorder.warn(content.warnings)
        # Without an upper limit, what the upper end has brought may be newer than what remained.
        brought = state.high_taken - self.high_taken if self.before else 0
        is_last = state.is_last(content.rows, remaining=content.remaining, brought=brought)
        rows = state.accept_low(content.rows, total=content.total, is_last=is_last, skipped=content.skipped)
        has_met, count = state.cursor.has_met, content.end_count
        if has_met and content.total is not None and not state.cursor.max_key:
            # The whole list came in one reply, so its total is the count after the last record too.
            count = Count(content.total)
        store = partial(recorder.store_low, rows, total=content.total, is_last=has_met)
        return [store, *(_accept_count(self.reading, count) if count else recorder.finish())]


def _read_count(reading: ListReading, max_key: int | None, reply: Reply) -> Count:
    requests = reading.requests
    total = total_of(reply[requests.count_id].as_read())
    # `max_key` is that of the request: the state may have moved on, and only the request decides what the reply has.
    if not max_key:
        return Count(total)
    result = reply[requests.newest_id]
    data = result.as_read()
    newest = page_from(data, key=requests.kind.key, after=max_key)
    rows = rows_of(reading.list_run, newest.records, newest.unkeyed)
    return Count(total, rows, page_warnings(requests.kind, result, data))


def _accept_count(reading: ListReading, count: Count) -> Writes:
    recorder = reading.recorder
    recorder.warn(count.warnings)
    if newest := reading.state.accept_count(count.total, count.newest):
        return [partial(recorder.store_newest, newest)]
    return recorder.finish()
