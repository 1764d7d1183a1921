"""Characters in a password that its user cannot see: they come from copying, and nobody types them again."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.text import invisible_in_secret


class VisiblePasswordValidator:
    """Refuses them in every new password."""

    def validate(self, password: str, user: object = None) -> None:
        if characters := invisible_in_secret(password):
            raise ValidationError(
                _("This password holds characters that cannot be seen: %(characters)s. Type it without them."),
                code="invisible",
                params={"characters": characters},
            )

    def get_help_text(self) -> str:
        return _("Your password can’t hold characters that cannot be seen.")


def refused_password_hint(password: str) -> str:
    """What may be wrong with a password that was refused; empty if all of it can be seen."""
    characters = invisible_in_secret(password)
    words = _("It holds characters that cannot be seen: %(characters)s. If you pasted it, type it instead.")
    return words % {"characters": characters} if characters else ""
