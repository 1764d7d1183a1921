from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.emails import SECURITY_REASON, account_email_send
from accounts.second_factor import SecondFactorUnreadable, decrypt_secret, encrypt_secret
from accounts.session_lifetime import confirmed_lately
from core.client_address import client_address
from core.emails import Frame

# By the start of the name of allauth's template.
SECURITY_CHANGES = {
    "account/email/password_changed": _("Your password was changed"),
    "account/email/password_reset": _("Your password was changed"),
    "account/email/password_set": _("Your password was set"),
    "mfa/email/totp_activated": _("An authenticator app was added to your account"),
    "mfa/email/totp_deactivated": _("The authenticator app was removed from your account"),
    "mfa/email/webauthn_added": _("A passkey was added to your account"),
    "mfa/email/webauthn_removed": _("A passkey was removed from your account"),
    "mfa/email/recovery_codes_generated": _("New recovery codes were created for your account"),
    "socialaccount/email/account_connected": _("Single sign-on was added to your account"),
    "socialaccount/email/account_disconnected": _("Single sign-on was removed from your account"),
}


class AccountAdapter(DefaultAccountAdapter):
    # allauth's French is that of France. The last text names five minutes because its limit for failed sign-ins lasts
    # that long.
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The email address or the password is incorrect."),
        "enter_current_password": _("This is not your current password."),
        "incorrect_code": _("This code is incorrect."),
        "incorrect_password": _("This password is incorrect."),
        "rate_limited": _("Too many attempts. Try again in a few minutes."),
        "too_many_login_attempts": _("Too many failed attempts. You can try again in five minutes."),
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

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Email a user about a change of their sign-in, in our own layout and words."""
        facts = {
            "change": SECURITY_CHANGES[template_prefix],
            "timestamp": timezone.now(),
            "ip": self.get_client_ip(self.request),
            "user_agent": self.request.headers.get("User-Agent", ""),
            "support": settings.SUPPORT_EMAIL,
        }
        frame = Frame(SECURITY_REASON, _("Review your sign-in"), reverse("mfa_index"), name=user.name)
        with translation.override(user.language), timezone.override(user.zone):
            account_email_send("security_change", facts, frame, to=email or user.email)


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"]
    }

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        """Suggest a name for a passkey."""
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return gettext("Passkey %(number)s") % {"number": number} if number > 1 else gettext("Passkey")

    def encrypt(self, text: str) -> str:
        return encrypt_secret(text)

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return decrypt_secret(encrypted_text)
        except SecondFactorUnreadable:
            # This applies to every page: no code can be checked, so none may be accepted.
            page = render(context.request, "accounts/second_factor_unreadable.html", status=409)
            raise ImmediateHttpResponse(page) from None
