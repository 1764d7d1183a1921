"""Invisible characters in a password. They come from copying and pasting, and the user never types them again."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.text import invisible_in_secret


class VisiblePasswordValidator:
    """Refuse invisible characters in every new password."""

    def validate(self, password: str, user: object = None) -> None:
        if characters := invisible_in_secret(password):
            raise ValidationError(
                _("This password contains invisible characters: %(characters)s. Enter it without them."),
                code="invisible",
                params={"characters": characters},
            )

    def get_help_text(self) -> str:
        return _("Your password can’t contain invisible characters.")


def refused_password_hint(password: str) -> str:
    """Return what may be wrong with a refused password; empty if all of it is visible."""
    characters = invisible_in_secret(password)
    words = _("It contains invisible characters: %(characters)s. If you pasted it, type it instead.")
    return words % {"characters": characters} if characters else ""
