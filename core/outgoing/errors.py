"""Say why a request got no answer."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class NoAnswer(TextChoices):
    """Name the reasons."""

    UNRESOLVED = "unresolved", _("The name of the host is not known")
    FORBIDDEN = "forbidden", _("The host is not at a public address")
    UNREACHABLE = "unreachable", _("The host does not take connections")
    TLS = "tls", _("The host has no valid certificate")
    TIMEOUT = "timeout", _("The response did not come in time")


class NotSent(Exception):
    """Raised when a request got no answer."""

    def __init__(self, reason: NoAnswer) -> None:
        super().__init__(reason.value)
        self.reason = reason
