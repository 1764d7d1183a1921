"""Read the errors of a reply as they can be shown: short, decoded, without Support IDs and secrets."""

import html
import re
from collections.abc import Sequence
from itertools import islice
from urllib.parse import unquote

from lxml import etree

from intacct.errors import ErrorText
from intacct.secret import Secret

MOST_ERRORS = 20
MOST_ADDITIONAL = 50
LONGEST_TEXT = 2000
"""Characters. Users cannot read more than these limits. They also limit the work that a hostile reply can cause."""

SUPPORT_ID = re.compile(r"\s*\[(?:Support|Request) ID:\s*([^\]]*)\]", re.IGNORECASE)
# Intacct quotes the start of the session ID when it refuses a session.
SESSION_START = re.compile(r"(invalid session )\S+", re.IGNORECASE)


class ErrorReader:
    """Read the `errormessage` blocks of one reply. hide: secrets to replace by stars."""

    def __init__(self, hide: Sequence[Secret]) -> None:
        self.hide = hide

    def errors(self, parent: etree._Element) -> tuple[ErrorText, ...]:
        """Return the errors of this element's `errormessage`, at most MOST_ERRORS."""
        blocks = islice(parent.iterfind("errormessage/error"), MOST_ERRORS)
        return tuple(self._error(block) for block in blocks)

    def _error(self, block: etree._Element) -> ErrorText:
        texts = {part: child_text(block, part)[:LONGEST_TEXT] for part in ("description", "description2", "correction")}
        support = SUPPORT_ID.search("\n".join(texts.values()))
        return ErrorText(
            self._shown(child_text(block, "errorno")),
            **{part: self._shown(text) for part, text in texts.items()},
            support_id=self._shown(unquote(support[1])) if support else "",
            additional=self._shown(_on_one_line(block.find("additionalinfo"))),
        )

    def _shown(self, text: str) -> str:
        """The text as it can be shown: references decoded, without the Support ID, with stars for secrets."""
        shown = SESSION_START.sub(r"\1…", SUPPORT_ID.sub("", html.unescape(text[:LONGEST_TEXT]))).strip()
        for secret in self.hide:
            shown = secret.hide_in(shown)
        return shown


def child_text(parent: etree._Element, name: str) -> str:
    """Return the text of the first child with this name, or ""."""
    # This takes half the time of the other ways to find a child, and a reply has hundreds of them.
    for child in parent.iterchildren(name):
        return (child.text or "").strip()
    return ""


def _on_one_line(block: etree._Element | None) -> str:
    """The names, attributes and texts of all elements in a block, on one line."""
    if block is None:
        return ""
    parts: list[str] = []
    for element in islice(block.iter(), MOST_ADDITIONAL):
        parts += [f"{name!s}={value!s}" for name, value in element.items()]
        if text := (element.text or "").strip():
            parts.append(f"{element.tag}={text}")
    return ", ".join(parts)
