from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator

from accounts.models import User


class ResetTokens(PasswordResetTokenGenerator):
    """Tokens that end with the password, the address and the access of their user.

    allauth's own generator stores the user's address as unverified whenever someone asks for a reset.
    """

    def check_token(self, user: Any, token: str | None) -> bool:
        return isinstance(user, User) and user.is_active and super().check_token(user, token)
