"""Put names from outside into text: names of customers and users, and values from Intacct.

A name that is written from right to left, or that holds a character that changes the direction, must not reorder the
words around it. HTML's <bdi> isolates any text. Plain texts, such as the subject of an email, have only the invisible
isolating characters. A name that holds the end character would end the isolation, so there such characters are dropped.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

LETTERS = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
CONTROLS = "\u202a-\u202e\u2066-\u2069"
# A name that is written from right to left, and what we added in parentheses. The added part changes no direction.
RIGHT_TO_LEFT = LETTERS + CONTROLS
WITH_ADDITION = re.compile(f"(?=.*[{RIGHT_TO_LEFT}])(.*)( \\([^(){RIGHT_TO_LEFT}]*\\))")
# What is written from right to left, with what stands between its letters, such as spaces and digits.
RUN = re.compile(f"[{LETTERS}]+(?:(?:[^\\w<>&\n]|[\\d_])*[{LETTERS}]+)*")


def isolate(text: Any) -> SafeString:
    """Return markup that isolates the text; "" for an empty text.

    Of "name (Intacct administrator)" only the name is isolated, so that a name from right to left comes first too.
    """
    if text in (None, ""):
        return SafeString("")
    addition = WITH_ADDITION.fullmatch(str(text))
    return format_html("<bdi>{}</bdi>{}", *addition.groups()) if addition else format_html("<bdi>{}</bdi>", text)


def isolate_in_text(text: str) -> str:
    """Isolate every name that is written from right to left in a plain text, or in markup without <bdi>.

    Our own words are written from left to right, so nothing else is.
    """
    return RUN.sub("\u2068\\g<0>\u2069", re.sub(f"[{CONTROLS}]", "", text))


class Sentence(str):  # noqa: SLOT000  (its markup)
    """Hold a sentence with names in it: as plain text, or in HTML with every name isolated.

    Example: `Sentence(_("%(name)s has this role."), {"name": user.name})`.
    """

    _words: str
    _names: Mapping[str, Any]

    def __new__(cls, words: str | Promise, names: Mapping[str, Any]) -> "Sentence":
        words = str(words)
        sentence = super().__new__(cls, words % names)
        sentence._words, sentence._names = words, names
        return sentence

    def __str__(self) -> str:
        return self

    def __html__(self) -> SafeString:
        """Return the markup, for templates."""
        # Only now, because emails, the API and comparisons need none.
        return mark_safe(escape(self._words) % _Isolated(self._names))  # noqa: S308  (both parts are escaped)


def join_names(names: Iterable[str]) -> Sentence:
    """Return several names separated by commas, each isolated."""
    numbered = {str(number): name for number, name in enumerate(names)}
    return Sentence(", ".join(f"%({number})s" for number in numbered), numbered)


class _Isolated(dict[str, SafeString | int]):
    """Look up only the keys that the words use, since `names` may accept any key. Numbers stay numbers, for "%(n)d"."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        super().__init__()
        self.names = names

    def __missing__(self, key: str) -> SafeString | int:
        value = self.names[key]
        return value if isinstance(value, int) else isolate(value)
