"""A page of flat records, read by a pattern: as a tree it takes three times as long and six times as much memory.

Only what is exactly one such page is read so. Whatever else a reply may be, and whatever is damaged, is left to a
parser; both give the same records.
"""

import re
from collections.abc import Callable
from itertools import islice
from sys import intern
from xml.sax.saxutils import unescape

from intacct.secret import SecretBytes

Record = dict[str, str]

DATA = re.compile(rb"<data [^<>]*>\s*")
DECLARATION = re.compile(rb"<\?xml version=.1\.0.( encoding=.utf-8.)?\s*\?>", re.IGNORECASE)
START = re.compile(rb"<([\w.-]+)/?>")
MOST_FIELDS = 500
MOST_RECORDS = 10_000
MOST_VALUES = 600_000
"""2,000 of the widest records have 460,000. A value takes some 60 bytes more than its text."""

QUOTES = {"&quot;": '"', "&apos;": "'"}
OTHER_REFERENCE = re.compile("&(?!(?:amp|lt|gt|quot|apos);)")
CONTROLS = bytes({*range(32)} - {*b"\t\n"})
"""Forbidden in XML, but for the carriage return, of which a parser makes a line feed."""
FORBIDDEN = (b"]]>", "\ufffe".encode(), "\uffff".encode())


def lifted(content: bytes) -> tuple[bytes, list[Record]] | None:
    """The reply without its page, still to be parsed, and the records of the page; None if there is no such page."""
    found = DATA.search(content)
    end = content.rfind(b"</data>", found.end()) if found else -1
    if found is None or end < 0:
        return None
    rest, page = SecretBytes(content[: found.end()] + content[end:]), content[found.end() : end]
    try:
        return (rest, _records(page)) if _is_plain(rest) else None
    except ValueError:
        return None


def _is_plain(rest: bytes) -> bool:
    """Nothing but elements in UTF-8, and one `data` among them: then that is where the page was."""
    body = DECLARATION.sub(b"", rest, count=1)
    return rest.count(b"<data") == 1 and not any(each in body for each in (b"<!", b"<?"))


def _records(page: bytes) -> list[Record]:
    """Raises ValueError for what is not a row of records that all look like the first."""
    start = START.match(page)
    # A single byte is found many times faster than three.
    forbidden = any(each[:1] in page and each in page for each in FORBIDDEN)
    if not start or forbidden or len(page.translate(None, CONTROLS)) < len(page):
        raise ValueError
    *pieces, tail = page.split(b"</%b>" % start[1], MOST_RECORDS)
    starts = islice(START.finditer(pieces[0], start.end()), MOST_FIELDS + 1) if pieces else ()
    names = [intern(field[1].decode()) for field in starts]
    if tail.strip() or not 0 < len(names) <= MOST_FIELDS or len(names) * len(pieces) > MOST_VALUES:
        raise ValueError
    matched = _pattern(start[1].decode(), names).fullmatch
    return [_record(names, matched, piece.decode()) for piece in pieces]


def _pattern(name: str, names: list[str]) -> re.Pattern[str]:
    fields = (rf"<{each}(?:>([^<]*)</{each}|/)>\s*" for each in map(re.escape, names))
    return re.compile(rf"\s*<{re.escape(name)}>\s*{''.join(fields)}", re.ASCII)


def _record(names: list[str], matched: Callable[[str], re.Match[str] | None], text: str) -> Record:
    found = matched(text)
    if not found:
        raise ValueError
    record = dict(zip(names, found.groups(""), strict=True))
    return {name: _unescaped(value) for name, value in record.items()} if "&" in text else record


def _unescaped(text: str) -> str:
    if "&" not in text:
        return text
    if OTHER_REFERENCE.search(text):
        raise ValueError
    return unescape(text, QUOTES)
