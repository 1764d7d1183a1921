"""The emails about sign-in. They go through Django, whose email backend is the outbox: this app knows no outbox."""

from collections.abc import Mapping
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext_lazy as _

from core.emails import Frame, render_email

SECURITY_REASON = _("You get this email because the way you sign in was changed. We always send these emails.")


def account_email_send(slug: str, context: Mapping[str, Any], frame: Frame, *, to: str) -> None:
    """Send an email in the current language. It is always sent: no user can turn it off."""
    content = render_email(slug, context, frame)
    message = EmailMultiAlternatives(content.subject, content.text, to=[to])
    message.attach_alternative(content.html, "text/html")
    message.send()
