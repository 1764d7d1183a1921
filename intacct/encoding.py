"""Any reply as UTF-8, whatever it declares.

What cannot be read becomes `MARK`, one for each damaged character, so that the reader can later report where it was.
"""

import codecs
import re

from intacct.errors import BodyTooLarge, DamagedReply
from intacct.secret import SecretBytes

MARK = "\uedda"
"""Of the private use area, so that no text holds it but by our hand. U+FFFD may come from Intacct itself."""
MARK_BYTES = MARK.encode()

DECLARATION = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml\b[^<>]*?\?>")
DECLARED = re.compile(rb"\bencoding\s*=\s*[\"']\s*([^\"'<>]+?)\s*[\"']")
# Intacct itself sends `text/xml; encoding="UTF-8"`, which is no charset.
CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
# Python knows codecs that are no encodings of text; only these may be named from outside.
ENCODING = re.compile(r"iso[-_]?8859[-_]\d{1,2}|windows-125\d|cp125\d|latin-?1")
LATIN_1 = re.compile(r"iso[-_]?8859[-_]1|latin-?1")
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
CHUNK = 64 * 1024
MOST_MARKS = 10_000
"""A reply with more has nothing worth reading, and the work and memory for it would be without bounds."""
LONGEST_DECLARATION = 1000


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return MARK, error.end


codecs.register_error("intacct-mark", _mark)


def in_utf8(content: bytes, content_type: str, largest: int) -> bytes:
    """The same reply in UTF-8. One that says nothing else is returned as it is, unread.

    The document's own declaration counts; the charset of the HTTP header where the document is silent.
    Raises DamagedReply for more than `MOST_MARKS`, BodyTooLarge where it grows beyond `largest`.
    """
    if content.startswith(UTF_16):
        return DECLARATION.sub(b"", _recoded(content, "utf-16", largest), count=1)
    declaration = DECLARATION.match(content[:LONGEST_DECLARATION])
    name = _encoding(declaration[0] if declaration else b"", content_type)
    if name in ("", "utf-8", "utf8"):
        return content
    rest = content[declaration.end() :] if declaration else content
    # An encoding that does not exist, or that this very declaration could not be read in: most likely it is UTF-8.
    return _recoded(rest, _codec(name), largest) if ENCODING.fullmatch(name) else rest


def valid_utf8(content: bytes) -> bytes:
    """The same with `MARK` for what is not UTF-8. Raises DamagedReply for more than `MOST_MARKS`."""
    return content if content.isascii() else _recoded(content, "utf-8", 2 * len(content))


def check_marks(count: int) -> None:
    if count > MOST_MARKS:
        raise DamagedReply(f"more than {MOST_MARKS} characters of the reply cannot be read")


def _encoding(declaration: bytes, content_type: str) -> str:
    if declared := DECLARED.search(declaration):
        return declared[1].decode("ascii", "replace").lower()
    charset = CHARSET.search(content_type)
    return charset[1].lower() if charset else ""


def _codec(name: str) -> str:
    # Latin-1 has control characters where Windows-1252, which is often meant, has quotes and dashes.
    return "windows-1252" if LATIN_1.fullmatch(name) else name


def _recoded(content: bytes, codec: str, largest: int) -> bytes:
    """Piece by piece: one emoji makes a str four times as large as its letters."""
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
