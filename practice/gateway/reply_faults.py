"""Faults that damage a finished reply: inside one result, or the whole document."""

import re
from collections.abc import Callable
from typing import Any

from practice.records.damage import CHARACTERS, ODD_TAG

Entry = dict[str, Any]
"""A fault that is turned on, with its limits and options."""

DEEP = 100_000
FLOOD_MEGABYTES = 40
LONG_MEGABYTES = 11  # By default, libxml2 accepts at most 10 MB of text.
TEXT = re.compile(rb"(<(?!error|status|function|controlid)[\w.-]+>)(?=[^<]*[^<\s])")
EMPTY = b"<x></x>"
COUNTS = re.compile(rb' (?:count|numremaining)="(\d+)"')
KEY = re.compile(rb"<RECORDNO>[^<]*</RECORDNO>")


def damage_text(character: bytes) -> Callable[[bytes, Entry], bytes]:
    """Return a change that inserts a forbidden character before the first value, or the first value of `element`."""

    def damage(data: bytes, entry: Entry) -> bytes:
        element = entry.get("element")
        pattern = re.compile(rb"(<%b>)" % re.escape(element.encode())) if element else TEXT
        return pattern.sub(lambda match: match[1] + character, data, count=1)

    return damage


def add_unclosed_tag(data: bytes, entry: Entry) -> bytes:
    """Make the result ill-formed: one element has no end tag."""
    return _insert(data, b"<broken>")


def add_odd_tag(data: bytes, entry: Entry) -> bytes:
    return _insert(data, ODD_TAG)


def add_elements(data: bytes, entry: Entry) -> bytes:
    size = int(entry.get("megabytes", FLOOD_MEGABYTES)) * 1024 * 1024
    return _insert(data, EMPTY * (size // len(EMPTY)))


def nest(data: bytes, entry: Entry) -> bytes:
    depth = int(entry.get("depth", DEEP))
    return _insert(data, b"<x>" * depth + b"</x>" * depth)


def add_long_text(data: bytes, entry: Entry) -> bytes:
    size = int(entry.get("megabytes", LONG_MEGABYTES)) * 1024 * 1024
    return _insert(data, b"<x>" + b"a" * size + b"</x>")


def drop_keys(data: bytes, entry: Entry) -> bytes:
    """Remove the key of every record."""
    return KEY.sub(b"", data)


def repeat_key(data: bytes, entry: Entry) -> bytes:
    """Give every record the key 1."""
    return KEY.sub(b"<RECORDNO>1</RECORDNO>", data)


def drop_records(data: bytes, entry: Entry) -> bytes:
    """Remove all records of a page and report all of them as remaining."""
    begin = data.partition(b">")[0]
    count, remaining = map(int, COUNTS.findall(begin))
    begin = begin.replace(b' count="%d"' % count, b' count="0"')
    begin = begin.replace(b' numremaining="%d"' % remaining, b' numremaining="%d"' % (count + remaining))
    return begin + b"></data>"


def _insert(data: bytes, piece: bytes) -> bytes:
    """Insert a piece at the end of the last `data` element."""
    before, end, after = data.rpartition(b"</data>")
    return before + piece + end + after


RESULTS: dict[str, tuple[str, Callable[[bytes, Entry], bytes]]] = {
    **{
        f"text-{name.replace(' ', '-')}": (f"A text with: {name}", damage_text(character))
        for name, character in CHARACTERS.items()
    },
    "malformed-result": ("One result that is not well-formed", add_unclosed_tag),
    "odd-tag": ("A tag with a slash in its name", add_odd_tag),
    "no-keys": ("Pages of records without a key", drop_keys),
    "repeated-key": ("Pages in which every record has the same key", repeat_key),
    "no-records": ("Pages without records that are not the last", drop_records),
    "element-flood": (f"{FLOOD_MEGABYTES} MB of empty elements", add_elements),
    "deep-nesting": (f"Elements nested {DEEP:,} deep", nest),
    "long-text": (f"A text of {LONG_MEGABYTES} MB", add_long_text),
}
"""By name of the fault: its label, and its change to the data of a function that succeeded."""


DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
XML = 'text/xml; encoding="UTF-8"'
PLAIN = "text/xml"
Document = tuple[bytes, str]
"""The body of a reply and its content type."""


def _recode(body: bytes, encoding: str) -> bytes:
    """Encode the body differently, without a declaration. Characters missing in the encoding become references."""
    return body.removeprefix(DECLARATION).decode(errors="replace").encode(encoding, "xmlcharrefreplace")


def declare_encoding(encoding: str, really: str) -> Callable[[bytes], Document]:
    def change(body: bytes) -> Document:
        return f'<?xml version="1.0" encoding="{encoding}"?>\n'.encode() + _recode(body, really), PLAIN

    return change


def declare_in_header(body: bytes) -> Document:
    return _recode(body, "cp1252"), "text/xml; charset=windows-1252"


def remove_declaration(body: bytes) -> Document:
    return body.removeprefix(DECLARATION), PLAIN


def add_byte_order_mark(body: bytes) -> Document:
    return b"\xef\xbb\xbf" + body, XML


def empty_operation(body: bytes) -> Document:
    return re.sub(rb"<operation>.*</operation>", b"<operation/>", body, flags=re.DOTALL), XML


DOCUMENTS: dict[str, tuple[str, Callable[[bytes], Document]]] = {
    "latin-1": ("Declared ISO-8859-1, bytes of Windows-1252", declare_encoding("ISO-8859-1", "cp1252")),
    "wrong-declaration": ("Declared UTF-8, bytes of Windows-1252", declare_encoding("UTF-8", "cp1252")),
    "utf-16-declaration": ("Declared UTF-16, bytes of UTF-8", declare_encoding("UTF-16", "utf-8")),
    "unknown-declaration": ("Declared an encoding there is not", declare_encoding("x-intacct", "utf-8")),
    "header-charset": ("Windows-1252, said in the HTTP header only", declare_in_header),
    "no-declaration": ("UTF-8 without a declaration", remove_declaration),
    "byte-order-mark": ("A byte order mark first", add_byte_order_mark),
    "no-authentication": ("An operation with nothing in it", empty_operation),
}
"""By name of the fault: its label, and its change to a whole reply."""
