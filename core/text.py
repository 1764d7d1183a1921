"""Clean text from outside, or refuse it with an explanation. A clean text can be stored, sent as XML and read again.

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
from django.utils.functional import Promise
from django.utils.translation import gettext as _

Words = str | Promise
"""A text, or one that is translated when it is shown."""
NAMED_ADDRESS = re.compile(r"[^<>]*<([^<>]+)>")
LINE_BREAK = re.compile(r"\r\n|[\r\x85\u2028\u2029]")
# Unicode's property Bidi_Control. With one of these, a name changes the direction of the text around it.
BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Persian and Indian names need them, and so do emoji. Other format characters only come from copying.
JOINERS = frozenset("\u200c\u200d")
# Letters and signs that are invisible, beside white space and format characters.
BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# Marks that are invisible by themselves.
BLANK_MARKS = frozenset("\u034f\u17b4\u17b5")
# Marks that choose how the previous character is drawn. Names and secrets keep them: keyboards type them with emoji.
VARIATION_SELECTORS = frozenset(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
# White space is not included, because it is visible between other characters.
UNSEEN = BLANK_LETTERS | BLANK_MARKS | VARIATION_SELECTORS
# From Unicode's list of confusable characters: the letters of keyboards that are used beside a Latin one, and dashes.
# NFKC already replaces variants in width and style (full-width, superscript, mathematical).
LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухһԁ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανι" + "‐‑‒–—―−",
    "ABESIJKMHOPCTYXaesijopcyxhd" + "ABEZHIKMNOPTYXoavi" + "-------",
)


class LookAlike(NamedTuple):
    """Describe a character that looks like a different one of the keyboard. `position` counts from 1."""

    position: int
    character: str
    ascii: str


def clean_line(text: str) -> str:
    """Clean one line of text. Refuse line breaks, tabs and other control characters."""
    text = unicodedata.normalize("NFC", text)
    if LINE_BREAK.search(text) or "\n" in text:
        raise ValidationError(_("Enter this on one line."), code="line_break")
    _refuse_unsendable(text)
    return text


def clean_lines(text: str) -> str:
    """Clean text of several lines. Line breaks become line feeds. Refuse other control characters, except tabs."""
    text = unicodedata.normalize("NFC", LINE_BREAK.sub("\n", text))
    _refuse_unsendable(text, allowed="\n\t")
    return text


def clean_name(text: str) -> str:
    """Clean a name that is shown inside other text. Refuse characters that change the direction of that text."""
    text = clean_line(text)
    if BIDI_CONTROLS & set(text):
        raise ValidationError(
            _("This contains invisible characters that change the direction of text. Type it instead of pasting it."),
            code="bidi",
        )
    text = "".join(sign for sign in text if sign in JOINERS or unicodedata.category(sign) != "Cf").strip()
    return unicodedata.normalize("NFC", "" if is_blank(text) else text)


def clean_id(text: str) -> str:
    """Clean an identifier: remove the invisible characters that copying adds, and the white space around it."""
    return unicodedata.normalize("NFC", without_unseen(clean_line(text)).strip())


def clean_secret(text: str) -> str:
    """Return a password unchanged, since every character counts. Refuse line breaks and what XML cannot hold."""
    if LINE_BREAK.search(text) or "\n" in text:
        raise ValidationError(_("Enter this on one line."), code="line_break")
    _refuse_unsendable(text)
    return text


def invisible_in_secret(secret: str) -> str:
    """Describe the characters of a secret that a user cannot see, with their positions. Return "" if there are none.

    They come from copying: format characters, unusual spaces, and spaces at either end.
    """
    inside = range(len(secret) - len(secret.lstrip()), len(secret.rstrip()))
    return ", ".join(
        _("character %(position)s is %(name)s (%(code)s)")
        % {"position": place + 1, "name": unicodedata.name(sign, _("unnamed")), "code": f"U+{ord(sign):04X}"}
        for place, sign in enumerate(secret)
        if _is_invisible(sign) and (sign != " " or place not in inside)
    )


def clean_email(text: str) -> str:
    """Return an email address in the spelling that is stored and compared: lower case, with the domain in ASCII.

    Email programs also copy "mailto:ada@example.com" and "Ada Root <ada@example.com>". Both are accepted.
    """
    text = clean_id(text).removeprefix("mailto:")
    if named := NAMED_ADDRESS.fullmatch(text):
        text = named[1].strip()

    local, at, domain = text.lower().rpartition("@")
    # With quotes, one mailbox would have two spellings. An IP address in brackets is not a company's domain.
    if '"' in local or domain.startswith("["):
        raise ValidationError(_("Enter an email address like name@example.com."), code="invalid")
    with suppress(UnicodeError):  # not a domain: the validator of the field reports it
        domain = punycode(domain)
    return f"{local}{at}{domain}"


def mailbox_of(email: str) -> str:
    """Return the mailbox of a clean address: servers deliver "sue+second@example.com" to "sue@example.com"."""
    local, _at, domain = email.partition("@")
    return f"{local.partition('+')[0]}@{domain}"


def storable(text: str) -> str:
    """Return a text that is not checked yet, such as a draft, without characters that PostgreSQL cannot store."""
    return "".join(sign for sign in text if sign != "\0" and unicodedata.category(sign) != "Cs")


def without_unseen(text: str) -> str:
    """Return the text without invisible characters: format characters, such as zero-width spaces, and UNSEEN."""
    return "".join(sign for sign in text if sign not in UNSEEN and unicodedata.category(sign) != "Cf")


def without_bidi_controls(text: str) -> str:
    """Return a name from another system without characters that change the direction of the text around it."""
    return "".join(sign for sign in text if sign not in BIDI_CONTROLS)


def is_blank(text: str) -> bool:
    """Return whether no character of the text is visible."""
    return not without_unseen(text).strip()


def fold_name(text: str) -> str:
    """Return a form of a name for comparison, never shown: it is equal for two names that look the same to a reader."""
    text = unicodedata.normalize("NFKC", without_unseen(text)).casefold()
    return " ".join(unicodedata.normalize("NFKC", text).split())


def without_accents(text: str) -> str:
    """Return a text to sort by: readers look for "Étapes" under E, not after Z."""
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))


def look_alikes(text: str) -> list[LookAlike]:
    """Return the characters of a Latin identifier that only look Latin. Return none if it is in another script."""
    similar = [
        LookAlike(position, sign, latin)
        for position, sign in enumerate(text, start=1)
        if not sign.isascii() and (latin := _looks_like(sign)).isascii()
    ]
    others = {sign for sign in text if not sign.isascii()} - {look_alike.character for look_alike in similar}
    return similar if all(unicodedata.name(sign, "").startswith("LATIN ") for sign in others) else []


def refuse_look_alikes(text: str) -> None:
    """Raise ValidationError if the identifier holds look-alikes. Its text names each one and its position."""
    if similar := look_alikes(text):
        raise ValidationError(
            _("Some characters only look like keyboard characters: %(characters)s. Type them again."),
            params={"characters": ", ".join(_descriptions(similar))},
            code="look_alike",
        )


def bounded_int(text: str, low: int, high: int) -> int | None:
    """Return the whole number of a text in plain digits. Return None if it is none, or not between the bounds."""
    # Python refuses to read more than 4,300 digits. No number of ours has more than 19.
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 20):
        return None
    number = int(text)
    return number if low <= number <= high else None


def _descriptions(similar: Iterable[LookAlike]) -> Iterable[str]:
    for position, character, latin in similar:
        name = unicodedata.name(character, f"U+{ord(character):04X}")
        yield _("character %(position)s is %(name)s, not “%(ascii)s”") % {
            "position": position, "name": name, "ascii": latin
        }  # fmt: skip


def shorten(text: str, most: int) -> str:
    """Return the text; if it is longer than `most`, its beginning and a hash. Different texts stay different."""
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
    """Whether XML can hold it: no control character, half of a surrogate pair, or noncharacter (such as U+FFFE)."""
    code = ord(sign)
    is_noncharacter = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return not is_noncharacter and unicodedata.category(sign) not in ("Cc", "Cs")


def before_full_stop(name: object) -> str:
    """Return a name for the end of a sentence. The full stop of "Inc." is also that of the sentence."""
    return str(name).removesuffix(".")
