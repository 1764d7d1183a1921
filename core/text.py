"""Text from outside: cleaned, or refused in words. Whatever passes can be stored, sent as XML and read again.

Each `clean_` function returns the text in Unicode's composed form (NFC) and raises `ValidationError`.
"""

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.encoding import punycode
from django.utils.translation import gettext as _

NAMED_ADDRESS = re.compile(r"[^<>]*<([^<>]+)>")
LINE_BREAK = re.compile(r"\r\n|[\r\x85\u2028\u2029]")
# Unicode's property Bidi_Control: with these, a name changes how the text around it reads.
BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Persian and Indian names need them, and so do emoji; every other format character is an accident of copying.
JOINERS = frozenset("\u200c\u200d")
# Letters and signs that show nothing, beside white space and format characters.
BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# Marks that show nothing by themselves.
BLANK_MARKS = frozenset("\u034f\u17b4\u17b5")
# Marks that choose how the character before them is drawn. Names and secrets keep them: keyboards type them with emoji.
VARIATION_SELECTORS = frozenset(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
# White space is not among them: between other characters it can be seen.
UNSEEN = BLANK_LETTERS | BLANK_MARKS | VARIATION_SELECTORS
# From Unicode's list of confusable characters, the letters of keyboards that are in use beside a Latin one, and dashes.
# Width and style (full-width, superscript, mathematical) is what NFKC knows.
LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухһԁ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανι" + "‐‑‒–—―−",
    "ABESIJKMHOPCTYXaesijopcyxhd" + "ABEZHIKMNOPTYXoavi" + "-------",
)


class LookAlike(NamedTuple):
    """A character that looks like one of the keyboard's: at which place, counted from 1."""

    position: int
    character: str
    ascii: str


def clean_line(text: str) -> str:
    """One line of text. Refuses line breaks, tabs and other control characters."""
    text = unicodedata.normalize("NFC", text)
    if LINE_BREAK.search(text) or "\n" in text:
        raise ValidationError(_("Enter this on one line."), code="line_break")
    _refuse_unsendable(text)
    return text


def clean_lines(text: str) -> str:
    """Text of several lines, each ended by a line feed. Refuses control characters but the tab."""
    text = unicodedata.normalize("NFC", LINE_BREAK.sub("\n", text))
    _refuse_unsendable(text, allowed="\n\t")
    return text


def clean_name(text: str) -> str:
    """A name that stands inside other text. Refuses what would change the direction of the text around it."""
    text = clean_line(text)
    if BIDI_CONTROLS & set(text):
        raise ValidationError(
            _("This contains invisible characters that change the direction of text. Type it instead of pasting it."),
            code="bidi",
        )
    text = "".join(sign for sign in text if sign in JOINERS or unicodedata.category(sign) != "Cf").strip()
    return unicodedata.normalize("NFC", "" if is_blank(text) else text)


def clean_id(text: str) -> str:
    """An identifier, without the invisible characters that copying leaves in it and the white space around it."""
    return unicodedata.normalize("NFC", without_unseen(clean_line(text)).strip())


def clean_secret(text: str) -> str:
    """A password: taken as it is, since each character counts. Refuses what no keyboard types and XML cannot carry."""
    if LINE_BREAK.search(text) or "\n" in text:
        raise ValidationError(_("Enter this on one line."), code="line_break")
    _refuse_unsendable(text)
    return text


def invisible_in_secret(secret: str) -> str:
    """The characters of a secret that its user cannot see, each with its place; empty if there are none.

    Copying leaves them: format characters, unusual spaces, and any space at either end.
    """
    inside = range(len(secret) - len(secret.lstrip()), len(secret.rstrip()))
    return ", ".join(
        _("character %(position)s is %(name)s (%(code)s)")
        % {"position": place + 1, "name": unicodedata.name(sign, _("unnamed")), "code": f"U+{ord(sign):04X}"}
        for place, sign in enumerate(secret)
        if _is_invisible(sign) and (sign != " " or place not in inside)
    )


def clean_email(text: str) -> str:
    """An email address in the one spelling that is stored and compared: lower case, its domain in ASCII.

    Takes what mail programs copy: "mailto:ada@example.com" and "Ada Root <ada@example.com>".
    """
    text = clean_id(text).removeprefix("mailto:")
    if named := NAMED_ADDRESS.fullmatch(text):
        text = named[1].strip()

    local, at, domain = text.lower().rpartition("@")
    # Quotes give one mailbox a second spelling, and an IP address in brackets is no company's domain.
    if '"' in local or domain.startswith("["):
        raise ValidationError(_("Enter an address like name@example.com."), code="invalid")
    with suppress(UnicodeError):  # no domain: the field's own validator says so
        domain = punycode(domain)
    return f"{local}{at}{domain}"


def mailbox_of(email: str) -> str:
    """Where a clean address leads: mail servers deliver "sue+second@example.com" to "sue@example.com"."""
    local, _at, domain = email.partition("@")
    return f"{local.partition('+')[0]}@{domain}"


def storable(text: str) -> str:
    """Text that nobody has checked yet, such as a draft, without what PostgreSQL cannot store."""
    return "".join(sign for sign in text if sign != "\0" and unicodedata.category(sign) != "Cs")


def without_unseen(text: str) -> str:
    """Without what shows nothing: format characters such as zero-width spaces, and UNSEEN."""
    return "".join(sign for sign in text if sign not in UNSEEN and unicodedata.category(sign) != "Cf")


def without_bidi_controls(text: str) -> str:
    """A name from another system, without what changes how the text around it reads."""
    return "".join(sign for sign in text if sign not in BIDI_CONTROLS)


def is_blank(text: str) -> bool:
    """Whether the text shows nothing at all."""
    return not without_unseen(text).strip()


def fold_name(text: str) -> str:
    """What two names have in common that a reader takes for the same: compared, never shown."""
    text = unicodedata.normalize("NFKC", without_unseen(text)).casefold()
    return " ".join(unicodedata.normalize("NFKC", text).split())


def look_alikes(text: str) -> list[LookAlike]:
    """The characters of a Latin identifier that only look Latin; none of an identifier in another script."""
    found = [
        LookAlike(position, sign, latin)
        for position, sign in enumerate(text, start=1)
        if not sign.isascii() and (latin := _looks_like(sign)).isascii()
    ]
    others = {sign for sign in text if not sign.isascii()} - {each.character for each in found}
    return found if all(unicodedata.name(sign, "").startswith("LATIN ") for sign in others) else []


def refuse_look_alikes(text: str) -> None:
    """Name each look-alike with its place."""
    if found := look_alikes(text):
        raise ValidationError(
            _("Some characters only look like those of a keyboard: %(characters)s. Type them again."),
            params={"characters": ", ".join(_described(found))},
            code="look_alike",
        )


def bounded_int(text: str, low: int, high: int) -> int | None:
    """The whole number that is written in plain digits, if it lies between the bounds."""
    # Python refuses to read more than 4,300 digits, and nothing we count has more than 19.
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 20):
        return None
    number = int(text)
    return number if low <= number <= high else None


def _described(found: Iterable[LookAlike]) -> Iterable[str]:
    for position, character, latin in found:
        name = unicodedata.name(character, f"U+{ord(character):04X}")
        yield _("character %(position)s is %(name)s, not “%(ascii)s”") % {
            "position": position, "name": name, "ascii": latin
        }  # fmt: skip


def bounded(text: str, most: int) -> str:
    """The text, or if it is too long its beginning and a hash: different texts stay different."""
    if len(text) <= most:
        return text
    mark = blake2b(text.encode(errors="surrogatepass"), digest_size=8).hexdigest()
    return f"{text[: most - len(mark) - 1]}-{mark}"


def _looks_like(sign: str) -> str:
    return unicodedata.normalize("NFKC", sign.translate(LOOK_ALIKES)).strip() or " "


def _refuse_unsendable(text: str, allowed: str = "") -> None:
    for sign in text:
        if sign not in allowed and not _is_sendable(sign):
            raise ValidationError(
                _("This contains the character %(code)s, which cannot be shown or sent. Remove it."),
                params={"code": f"U+{ord(sign):04X}"},
                code="unsendable",
            )


def _is_invisible(sign: str) -> bool:
    return is_blank(sign) and sign not in VARIATION_SELECTORS


def _is_sendable(sign: str) -> bool:
    """Not a control character, half of a surrogate pair, or a code point that is no character (U+FFFE and the like)."""
    code = ord(sign)
    is_noncharacter = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return not is_noncharacter and unicodedata.category(sign) not in ("Cc", "Cs")
