"""allauth’s addresses. What it brings but we do not offer is a 404: a person has one address and one password."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path


def closed(request: HttpRequest, **kwargs: str) -> HttpResponse:
    raise Http404


CLOSED = {
    "account_email": "email/",
    "account_email_verification_sent": "confirm-email/",
    "account_confirm_email": "confirm-email/<str:key>/",
    "account_set_password": "password/set/",
    "account_confirm_login_code": "login/code/confirm/",
}
urlpatterns: list[URLPattern | URLResolver] = [
    *(path(address, closed, name=name) for name, address in CLOSED.items()),
    path("", include("allauth.account.urls")),
    path("second-factor/", include("allauth.mfa.urls")),
    path("devices/", include("allauth.usersessions.urls")),
]
