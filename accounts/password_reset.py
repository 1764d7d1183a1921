from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator

from accounts.models import User


class ResetTokens(PasswordResetTokenGenerator):
    """Tokens that stop working when the password or the address of their user changes, or the user is deactivated.

    allauth's own generator stores the user's address as unverified whenever someone requests a reset.
    """

    def check_token(self, user: Any, token: str | None) -> bool:
        return isinstance(user, User) and user.is_active and super().check_token(user, token)
