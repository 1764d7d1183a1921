"""The page that sets up an authenticator app. allauth serves the other pages of the second factor."""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import activate_totp
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _


def set_up_app(request: HttpRequest) -> HttpResponseBase:
    """Set up the app, unless that was done in another tab: allauth would then show the page that removes the app."""
    if request.user.is_authenticated and is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
        messages.info(request, _("You already set up an authenticator app."))
        return redirect("mfa_index")
    response: HttpResponseBase = activate_totp(request)
    return response
