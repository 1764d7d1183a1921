"""A damaged reply made well-formed, as far as nothing has to be guessed.

Only what a parser has refused comes here, so healthy replies pay nothing for it. What Intacct sends is built from what
people typed, pasted and imported: characters that XML forbids, references to them, names that are no XML names.
"""

import re
from dataclasses import dataclass
from functools import partial
from html.entities import html5
from xml.sax.saxutils import escape

from intacct.encoding import MARK_BYTES, check_marks, valid_utf8
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
# A "<" that no ">" follows, or a tag that is none in XML. Declarations and comments are left to the parser.
ODD_TAG = re.compile(rb"<(?!/?[A-Za-z_][\w.-]*+" + ATTRIBUTES + rb"\s*/?>)(?![!?])([^<>]*)(>?)")
FIRST_ATTRIBUTE = re.compile(rb"(?<!\s)\s++[\w.:-]++\s*+=\s*+[\"']")


@dataclass(frozen=True)
class Repaired:
    """`names`: the names in this reply that XML does not allow, by those that stand for them."""

    content: bytes
    names: dict[str, str]


def repaired(content: bytes) -> Repaired:
    """The same reply in UTF-8 with `MARK` for each character that is lost. It may still not be well-formed.

    Raises DamagedReply where nearly everything is lost.
    """
    text = _allowed(valid_utf8(content))
    if b"<![CDATA[" in text:
        text = _without_cdata(text)
    text = REFERENCE.sub(_reference, text)
    stand_ins: dict[bytes, bytes] = {}
    text = ODD_TAG.sub(partial(_tag, stand_ins), text)
    return Repaired(SecretBytes(text), {stand_in.decode(): name.decode() for name, stand_in in stand_ins.items()})


def _allowed(text: bytes) -> bytes:
    # Counted first: each replacement takes memory of its own.
    controls = len(text) - len(text.translate(None, CONTROLS))
    check_marks(controls + sum(text.count(character) for character in NONCHARACTERS))
    return FORBIDDEN.sub(MARK_BYTES, text)


def _without_cdata(text: bytes) -> bytes:
    """The same with ordinary text for each CDATA section: there, "&" and "<" are no markup."""
    first, *sections = text.split(b"<![CDATA[")
    pieces = [first]
    for section in sections:
        inside, _, outside = section.partition(b"]]>")
        pieces += [_escaped(inside), outside]
    return b"".join(pieces)


def _escaped(text: bytes) -> bytes:
    return text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")


def _reference(found: re.Match[bytes]) -> bytes:
    """The reference itself, the character an HTML name stands for, or MARK; a mere "&" is a text."""
    if name := found["name"]:
        character = html5.get(f"{name.decode()};")
        return escape(character).encode() if character else MARK_BYTES
    if found["number"]:
        return MARK_BYTES
    if digits := found["decimal"] or found["hex"]:
        code = int(digits, 10 if found["decimal"] else 16)
        return found[0].replace(b"X", b"x") if _is_allowed(code) else MARK_BYTES
    return b"&amp;"


def _is_allowed(code: int) -> bool:
    """The characters of XML 1.0, section 2.2."""
    return code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF


def _tag(stand_ins: dict[bytes, bytes], found: re.Match[bytes]) -> bytes:
    """The tag with a name that stands for its own; a "<" that begins no tag is a text."""
    inside, end = found.groups()
    closing = inside[:1] if inside.startswith(b"/") else b""
    empty = inside[-1:] if inside.endswith(b"/") and not closing else b""
    body = inside[len(closing) : len(inside) - len(empty)]
    first = FIRST_ATTRIBUTE.search(body)
    name, attributes = (body[: first.start()], body[first.start() :]) if first else (body.rstrip(), b"")
    if not end or not name or name[:1].isspace() or len(stand_ins) >= MOST_ODD_NAMES:
        return b"&lt;" + inside + end
    stand_in = stand_ins.setdefault(name, b"odd.name-%d" % len(stand_ins))
    return b"<%b%b%b%b>" % (closing, stand_in, attributes, empty)
