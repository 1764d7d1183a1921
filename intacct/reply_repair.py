"""Repair a damaged reply so that it is well-formed XML, as far as this is possible without guessing.

Only replies that a parser has refused come here, so the others lose no time. Intacct's replies contain what users
typed, pasted and imported: characters that XML forbids, references to them, and names that are not XML names.
"""

import re
from dataclasses import dataclass
from functools import partial
from html.entities import html5
from xml.sax.saxutils import escape

from intacct.reply_encoding import MARK_BYTES, check_marks, valid_utf8
from intacct.secret import SecretBytes

MOST_ODD_NAMES = 1000

FORBIDDEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
CONTROLS = bytes({*range(32)} - {*b"\t\n\r"})
NONCHARACTERS = ("\ufffe".encode(), "\uffff".encode())
REFERENCE = re.compile(
    rb"&(?!(?:amp|lt|gt|quot|apos);)(?:#(?P<decimal>[0-9]{1,10});|#[xX](?P<hex>[0-9a-fA-F]{1,8});"
    rb"|(?P<name>[a-zA-Z][a-zA-Z0-9]{0,40});|(?P<number>#[0-9a-zA-Z]+;))?"
)
ATTRIBUTES = rb"(?:\s+[\w.:-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*+"
# A "<" without a ">", or a tag that XML does not allow. Declarations and comments are left to the parser.
ODD_TAG = re.compile(rb"<(?!/?[A-Za-z_][\w.-]*+" + ATTRIBUTES + rb"\s*/?>)(?![!?])([^<>]*)(>?)")
FIRST_ATTRIBUTE = re.compile(rb"(?<!\s)\s++[\w.:-]++\s*+=\s*+[\"']")


@dataclass(frozen=True)
class Repaired:
    """Hold a repaired reply.

    names: {the name in `content`: the original name} for every name that XML does not allow.
    """

    content: bytes
    names: dict[str, str]


def repair_reply(content: bytes) -> Repaired:
    """Return the reply in UTF-8, with a `MARK` for every lost character. It may still not be well-formed.

    Raises DamagedReply for more than `MOST_MARKS` of them.
    """
    text = _mark_forbidden(valid_utf8(content))
    if b"<![CDATA[" in text:
        text = _without_cdata(text)
    text = REFERENCE.sub(_readable_reference, text)
    stand_ins: dict[bytes, bytes] = {}
    text = ODD_TAG.sub(partial(_valid_tag, stand_ins), text)
    return Repaired(SecretBytes(text), {stand_in.decode(): name.decode() for name, stand_in in stand_ins.items()})


def _mark_forbidden(text: bytes) -> bytes:
    # Counted before they are replaced, because every replacement takes memory.
    controls = len(text) - len(text.translate(None, CONTROLS))
    check_marks(controls + sum(text.count(character) for character in NONCHARACTERS))
    return FORBIDDEN.sub(MARK_BYTES, text)


def _without_cdata(text: bytes) -> bytes:
    """The same content with escaped text for each CDATA section, in which "&" and "<" are not markup."""
    first, *sections = text.split(b"<![CDATA[")
    pieces = [first]
    for section in sections:
        inside, _, outside = section.partition(b"]]>")
        pieces += [_escape_markup(inside), outside]
    return b"".join(pieces)


def _escape_markup(text: bytes) -> bytes:
    return text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")


def _readable_reference(match: re.Match[bytes]) -> bytes:
    """The reference itself, the character of an HTML name, or MARK. A "&" that begins no reference is text."""
    if name := match["name"]:
        character = html5.get(f"{name.decode()};")
        return escape(character).encode() if character else MARK_BYTES
    if match["number"]:
        return MARK_BYTES
    if digits := match["decimal"] or match["hex"]:
        code = int(digits, 10 if match["decimal"] else 16)
        return match[0].replace(b"X", b"x") if _is_allowed(code) else MARK_BYTES
    return b"&amp;"


def _is_allowed(code: int) -> bool:
    """Whether XML allows the character (XML 1.0, section 2.2)."""
    return code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF


def _valid_tag(stand_ins: dict[bytes, bytes], match: re.Match[bytes]) -> bytes:
    """The tag with a valid name in place of its own. A "<" that begins no tag is text."""
    inside, end = match.groups()
    closing = inside[:1] if inside.startswith(b"/") else b""
    empty = inside[-1:] if inside.endswith(b"/") and not closing else b""
    body = inside[len(closing) : len(inside) - len(empty)]
    first = FIRST_ATTRIBUTE.search(body)
    name, attributes = (body[: first.start()], body[first.start() :]) if first else (body.rstrip(), b"")
    if not end or not name or name[:1].isspace() or len(stand_ins) >= MOST_ODD_NAMES:
        return b"&lt;" + inside + end
    stand_in = stand_ins.setdefault(name, b"odd.name-%d" % len(stand_ins))
    return b"<%b%b%b%b>" % (closing, stand_in, attributes, empty)
