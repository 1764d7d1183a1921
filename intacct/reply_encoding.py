"""Convert a reply to UTF-8 from any encoding that it declares.

A character that cannot be read becomes a `MARK`, so that `damage` can later report where it was.
"""

import codecs
import re

from intacct.errors import BodyTooLarge, DamagedReply
from intacct.secret import SecretBytes

MARK = "\uedda"
"""A character of the private use area, so that no text of Intacct's holds it. U+FFFD may come from Intacct itself."""
MARK_BYTES = MARK.encode()

DECLARATION = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml\b[^<>]*?\?>")
DECLARED = re.compile(rb"\bencoding\s*=\s*[\"']\s*([^\"'<>]+?)\s*[\"']")
# Intacct itself sends `text/xml; encoding="UTF-8"`, which is not a charset parameter.
CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
# A reply may only choose one of these: Python also has codecs that are not text encodings.
ENCODING = re.compile(r"iso[-_]?8859[-_]\d{1,2}|windows-125\d|cp125\d|latin-?1")
LATIN_1 = re.compile(r"iso[-_]?8859[-_]1|latin-?1")
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
CHUNK = 64 * 1024
"""Bytes."""
MOST_MARKS = 10_000
"""A reply with more damaged characters is refused: it is useless, and its work and memory would have no limit."""
LONGEST_DECLARATION = 1000
"""Bytes."""


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return MARK, error.end


codecs.register_error("intacct-mark", _mark)


def to_utf8(content: bytes, content_type: str, largest: int) -> bytes:
    """Return the reply in UTF-8. A reply that declares no other encoding is returned unchanged and unchecked.

    The document's own declaration counts first, then the charset of the HTTP header. largest: bytes of the result.
    Raises DamagedReply for more than `MOST_MARKS`, and BodyTooLarge for a result above `largest`.
    """
    if content.startswith(UTF_16):
        return DECLARATION.sub(b"", _convert(content, "utf-16", largest), count=1)
    declaration = DECLARATION.match(content[:LONGEST_DECLARATION])
    name = _encoding(declaration[0] if declaration else b"", content_type)
    if name in ("", "utf-8", "utf8"):
        return content
    rest = content[declaration.end() :] if declaration else content
    # The declared encoding does not exist, or it cannot be true, since we could read the declaration as ASCII. Most
    # likely the reply is UTF-8.
    return _convert(rest, _codec(name), largest) if ENCODING.fullmatch(name) else rest


def valid_utf8(content: bytes) -> bytes:
    """Return the reply with `MARK` for everything that is not UTF-8. Raises DamagedReply for more than `MOST_MARKS`."""
    return content if content.isascii() else _convert(content, "utf-8", 2 * len(content))


def check_marks(count: int) -> None:
    """Raise DamagedReply for more than `MOST_MARKS`."""
    if count > MOST_MARKS:
        raise DamagedReply(f"more than {MOST_MARKS} characters of the reply cannot be read")


def _encoding(declaration: bytes, content_type: str) -> str:
    if declared := DECLARED.search(declaration):
        return declared[1].decode("ascii", "replace").lower()
    charset = CHARSET.search(content_type)
    return charset[1].lower() if charset else ""


def _codec(name: str) -> str:
    # Replies that declare Latin-1 are often Windows-1252, which has quotes and dashes where Latin-1 has control
    # characters.
    return "windows-1252" if LATIN_1.fullmatch(name) else name


def _convert(content: bytes, codec: str, largest: int) -> bytes:
    """The content in UTF-8, converted in chunks.

    As a whole it could take four times as much memory: with one emoji in it, Python stores every character in four
    bytes.
    """
    try:
        decoder = codecs.getincrementaldecoder(codec)("intacct-mark")
    except LookupError:
        return content
    recoded, marks = bytearray(), 0
    for start in range(0, len(content), CHUNK):
        text = decoder.decode(content[start : start + CHUNK], start + CHUNK >= len(content))
        marks += text.count(MARK)
        check_marks(marks)
        recoded += text.encode()
        if len(recoded) > largest:
            raise BodyTooLarge(f"the reply is larger than {largest} bytes in UTF-8")
    return SecretBytes(recoded)
