from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.second_factor import SecondFactorUnreadable, decrypt_secret, encrypt_secret
from accounts.session_lifetime import confirmed_lately
from core.client_address import client_address


class AccountAdapter(DefaultAccountAdapter):
    # The text names five minutes because allauth's limit for failed sign-ins lasts that long.
    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": _("Too many failed attempts. You can try again in five minutes.")
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Users come by invitation only; no one can sign up."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Add a message in the language of the page that will show it.

        After signing out that is the browser's language: `language_choice` ends the choice of the user who left.
        """
        language = translation.get_language()
        if message_template == "account/messages/logged_out.txt":
            request.COOKIES.pop(settings.LANGUAGE_COOKIE_NAME, None)
            language = translation.get_language_from_request(request)
        with translation.override(language):
            super().add_message(request, level, message_template, *args, **kwargs)

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """Signing in counts as a confirmation too: a user who did so a minute ago is not asked again."""
        return not confirmed_lately(context.request)


class SecondFactorAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return encrypt_secret(text)

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return decrypt_secret(encrypted_text)
        except SecondFactorUnreadable:
            # This applies to every page: no code can be checked, so none may be accepted.
            page = render(context.request, "accounts/second_factor_unreadable.html", status=409)
            raise ImmediateHttpResponse(page) from None
