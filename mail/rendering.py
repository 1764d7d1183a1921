"""The words of an email: its template in the reader's language and time zone, as text and as HTML."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.template import Context, Template
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from core.links import absolute_url
from mail.kinds import EmailKind


@dataclass(frozen=True)
class EmailContent:
    subject: str
    text: str
    html: str


def render_email_for(user: User, kind: EmailKind, context: Mapping[str, Any], link: str) -> EmailContent:
    with translation.override(user.language), timezone.override(user.zone):
        return render_email(kind, context, link, name=user.name, choosable=not kind.always)


def render_email(
    kind: EmailKind, context: Mapping[str, Any], link: str, name: str = "", *, choosable: bool = False
) -> EmailContent:
    """Render an email in the current language and time zone. Callables in `context` are called in them too."""
    heading, _, words = _render_text(f"mail/{kind.slug}.txt", context).strip().partition("\n")
    subject = " ".join(heading.split())
    frame = {
        "subject": subject,
        "name": name,
        "words": re.sub(r"\n{3,}", "\n\n", words).strip(),
        "action": kind.action,
        "link": absolute_url(link) if link else "",
        "help": absolute_url(reverse("help:index")),
        "choices": absolute_url(reverse("mail:choices")) if choosable else "",
    }
    html = get_template("mail/frame.html").render({**frame, "language": translation.get_language()})
    return EmailContent(subject, _render_text("mail/frame.txt", frame), html)


def _render_text(name: str, context: Mapping[str, Any]) -> str:
    """Render a text template. Nothing is escaped, because plain text needs no escaping."""
    template: Template = get_template(name).template  # type: ignore[attr-defined]
    return template.render(Context(dict(context), autoescape=False))
