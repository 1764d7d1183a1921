"""The one layout of every email, as text and as HTML. Its words are in templates/mail/<slug>.txt.

The first line of such a template is the subject. In the rest, lines that start with "- " form a list, and lines that
start with "> " quote what a user wrote.
"""

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from itertools import groupby
from typing import Any, NamedTuple

from django.conf import settings
from django.template import Context, Template
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation

from core.isolated_text import isolate_in_text
from core.links import absolute_url
from core.text import Words

LINE_LENGTH = 76
PREVIEW_LENGTH = 110
LISTED, QUOTED = "- ", "> "


@dataclass(frozen=True)
class EmailContent:
    """Hold one email in one language, as it is stored and sent."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Frame:
    """What surrounds the words of an email.

    `link`: a path of ours, and `action` the text of its button. `reason`: why the reader gets it. `contact`: the name
    and address of the reader's contact at Beanworks. `opt_out`: the path that turns this kind off.
    """

    reason: Words
    action: Words = ""
    link: str = ""
    name: str = ""
    contact: tuple[str, str] | None = None
    opt_out: str = ""


class Line(NamedTuple):
    """One line: its words, and the URL of a page of ours that follows them."""

    words: str
    url: str = ""


class Block(NamedTuple):
    """Lines that belong together: a paragraph, or with a mark a list or a quote."""

    mark: str
    lines: list[Line]


def render_email(slug: str, context: Mapping[str, Any], frame: Frame) -> EmailContent:
    """Render an email in the current language and time zone. Callables in `context` are called in them too."""
    heading, _, words = _render_text(f"mail/{slug}.txt", context).strip().partition("\n")
    subject = " ".join(heading.split())
    shown = {"subject": subject, "words": words.strip(), **_frame_context(frame)}
    parts = {"blocks": list(_blocks(words)), "preview": _preview(words), "language": translation.get_language()}
    html = get_template("mail/frame.html").render(shown | parts)
    text = re.sub(r"\n\s*\n", "\n\n", _render_text("mail/frame.txt", shown).strip()) + "\n"
    return EmailContent(*map(isolate_in_text, (subject, text, html)))


def wrap_text(text: str) -> str:
    """Return the text of an email as it is sent, with lines for mail programs that do not break them."""
    return "\n".join(part for line in text.split("\n") for part in _wrap_line(line) or [""])


def given_name(name: str) -> str:
    """Return how to greet a user: "Maya" for "Maya Root", "Root, Maya" and "Dr. Maya Root"."""
    words = name.rpartition(",")[2].split()
    return next((word for word in words if not word.endswith(".")), name)


def _frame_context(frame: Frame) -> dict[str, Any]:
    return {
        "frame": frame,
        "name": given_name(frame.name),
        "link": absolute_url(frame.link) if frame.link else "",
        "opt_out": absolute_url(frame.opt_out) if frame.opt_out else "",
        "choices": absolute_url(reverse("mail:choices")),
        "help": absolute_url(reverse("help:index")),
        "support": settings.SUPPORT_EMAIL,
        "sender": parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
        "site": settings.SITE_URL,
    }


def _blocks(words: str) -> Iterator[Block]:
    for paragraph in re.split(r"\n\s*\n", words.strip()):
        for mark, lines in groupby(paragraph.strip("\n").split("\n"), key=_mark):
            # What others wrote is in lists, quotes and sentences. A link of ours ends a line after a colon.
            yield Block(mark, [Line(line.removeprefix(mark)) if mark else _linked(line) for line in lines])


def _mark(line: str) -> str:
    return line[:2] if line.startswith((LISTED, QUOTED)) else ""


def _linked(line: str) -> Line:
    words, colon, url = line.rpartition(": ")
    is_link = colon and re.fullmatch(f"{re.escape(settings.SITE_URL)}/[\\w/?=&.-]*", url, re.ASCII)
    return Line(words + colon, url) if is_link else Line(line)


def _preview(words: str) -> str:
    """The line that a mailbox shows beside the subject."""
    return textwrap.shorten(words.strip().partition("\n\n")[0], PREVIEW_LENGTH, placeholder="…")


def _wrap_line(line: str) -> list[str]:
    indent = {LISTED: "  ", QUOTED: QUOTED}.get(_mark(line), "")
    return textwrap.wrap(line, LINE_LENGTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _render_text(name: str, context: Mapping[str, Any]) -> str:
    """Render a text template. Nothing is escaped, because plain text needs no escaping."""
    template: Template = get_template(name).template  # type: ignore[attr-defined]
    return template.render(Context(dict(context), autoescape=False))
