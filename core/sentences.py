"""Text with names from outside in it: of customers and users, and whatever Intacct sends.

A name that is written from right to left, or holds a character that turns the direction, must not reorder the words
around it. HTML's <bdi> isolates it whatever it holds; invisible isolating characters would end with one in the name.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe


def isolated(text: Any) -> SafeString:
    """Markup that isolates the text; none for an empty text."""
    return format_html("<bdi>{}</bdi>", text) if text not in (None, "") else SafeString("")


class Sentence(str):  # noqa: SLOT000  (its markup)
    """`Sentence(_("%(name)s has this role."), {"name": user.name})`: plain text, and on a page with isolated names."""

    _html: SafeString

    def __new__(cls, words: str | Promise, names: Mapping[str, Any]) -> "Sentence":
        words = str(words)
        sentence = super().__new__(cls, words % names)
        sentence._html = mark_safe(escape(words) % _Isolated(names))  # noqa: S308  (both parts are escaped)
        return sentence

    def __str__(self) -> str:
        return self

    def __html__(self) -> SafeString:
        return self._html


def listed(names: Iterable[str]) -> Sentence:
    """Several names, isolated from each other."""
    numbered = {str(number): name for number, name in enumerate(names)}
    return Sentence(", ".join(f"%({number})s" for number in numbered), numbered)


class _Isolated(dict[str, SafeString | int]):
    """Looks up what the words ask for only: `names` may answer to every key. Numbers stay numbers, for "%(n)d"."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        super().__init__()
        self.names = names

    def __missing__(self, key: str) -> SafeString | int:
        value = self.names[key]
        return value if isinstance(value, int) else isolated(value)
