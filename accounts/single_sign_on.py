"""Single sign-on: find the user whose address the company's identity provider has verified."""

from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.openid_connect.views import login
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from requests import RequestException

from accounts.models import User
from audit.services import event_record
from core.text import clean_email

TROUBLE = gettext_lazy("Single sign-on failed. Try again, or sign in with your password.")


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """Find the user by the verified address the first time, and by the provider's user ID from then on.

    allauth's own matching by address would remove the password. We can trust the addresses of our users: each was
    verified by its invitation.
    """

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        # Never "connect": a signed-in user must not link another person's identity to their own account.
        sociallogin.state["process"] = AuthProcess.LOGIN
        if sociallogin.is_existing:
            return
        user = User.objects.filter(email__in=_verified_addresses(sociallogin), is_active=True).first()
        if user is None:
            event_record(action="single_sign_on.refused", actor=None)
            _return_to_sign_in(
                request, _("No account uses this email address. Ask your System Administrator for an invitation.")
            )
        sociallogin.connect(request, user)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def on_authentication_error(self, request: HttpRequest, provider: Any, *args: Any, **details: Any) -> NoReturn:
        _return_to_sign_in(request, str(TROUBLE))


@require_POST
def begin(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Send the user to their provider. Errors after that reach `on_authentication_error`."""
    try:
        response: HttpResponseBase = login(request, provider_id)
        return response
    except RequestException:
        messages.error(request, TROUBLE)
        return redirect("account_login")


def _verified_addresses(sociallogin: SocialLogin) -> list[str]:
    return [_stored_spelling(address.email) for address in sociallogin.email_addresses if address.verified is True]


def _stored_spelling(email: str) -> str:
    """Return the address as `User.email` stores it; empty for text that cannot be an address."""
    try:
        return clean_email(email)
    except ValidationError:
        return ""


def _return_to_sign_in(request: HttpRequest, words: str) -> NoReturn:
    messages.error(request, words)
    raise ImmediateHttpResponse(redirect("account_login"))
