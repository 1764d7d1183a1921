"""allauth’s URLs. A page of allauth that we do not offer is a 404: each user has one address and one password."""

from allauth.socialaccount.providers.openid_connect.views import callback
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from accounts.single_sign_on import begin
from accounts.views import set_up_app


def raise_not_found(request: HttpRequest, **kwargs: str) -> HttpResponse:
    raise Http404


CLOSED = {
    "account_email": "email/",
    "account_email_verification_sent": "confirm-email/",
    "account_confirm_email": "confirm-email/<str:key>/",
    "account_set_password": "password/set/",
    "account_confirm_login_code": "login/code/confirm/",
}
SINGLE_SIGN_ON = {"provider_id": settings.OIDC_APP["provider_id"]}
urlpatterns: list[URLPattern | URLResolver] = [
    *(path(address, raise_not_found, name=name) for name, address in CLOSED.items()),
    path("", include("allauth.account.urls")),
    path("second-factor/totp/activate/", set_up_app, name="mfa_activate_totp"),
    path("second-factor/", include("allauth.mfa.urls")),
    path("single-sign-on/", begin, SINGLE_SIGN_ON, name="openid_connect_login"),
    path("single-sign-on/back/", callback, SINGLE_SIGN_ON, name="openid_connect_callback"),
    path("devices/", include("allauth.usersessions.urls")),
]
