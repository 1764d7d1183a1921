"""Who comes from the identity provider of a company: the person here whose address the provider has proved."""

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
from audit.models import AuditEvent
from audit.services import event_record
from core.text import clean_email

TROUBLE = gettext_lazy("Single sign-on did not end well. Try it again, or sign in with your password.")


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """The first time by the proved address, from then on by the number the provider gives a person.

    allauth's own matching by address would take the password away. Here every address is proved: by its invitation.
    """

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        # Never "connect": whoever is signed in may not tie another's identity to their account.
        sociallogin.state["process"] = AuthProcess.LOGIN
        if sociallogin.is_existing:
            return
        user = User.objects.filter(email__in=_proved(sociallogin), is_active=True).first()
        if user is None:
            event_record(action="single_sign_on.refused", actor=None, outcome=AuditEvent.Outcome.REFUSED)
            _back(request, _("Nobody with your address may sign in here. Whoever invites people can invite you too."))
        sociallogin.connect(request, user)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def on_authentication_error(self, request: HttpRequest, provider: Any, *args: Any, **details: Any) -> NoReturn:
        _back(request, str(TROUBLE))


@require_POST
def begin(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Send the person to their provider. What goes wrong after that reaches `on_authentication_error`."""
    try:
        response: HttpResponseBase = login(request, provider_id)
        return response
    except RequestException:
        messages.error(request, TROUBLE)
        return redirect("account_login")


def _proved(sociallogin: SocialLogin) -> list[str]:
    return [_spelling(address.email) for address in sociallogin.email_addresses if address.verified is True]


def _spelling(email: str) -> str:
    """As `User.email` is stored; what cannot be an address is nobody's."""
    try:
        return clean_email(email)
    except ValidationError:
        return ""


def _back(request: HttpRequest, words: str) -> NoReturn:
    messages.error(request, words)
    raise ImmediateHttpResponse(redirect("account_login"))
