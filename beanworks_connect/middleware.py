from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django_htmx.http import HttpResponseClientRedirect

from .exposition import metrics
from .health import PROBES

View = Callable[[HttpRequest], HttpResponse]
# Browsers apply form-action also to redirects, and the form that begins single sign-on is redirected to the issuer.
ISSUER = urlsplit(settings.OIDC_ISSUER)
FORMS = f"'self' {ISSUER.scheme}://{ISSUER.netloc}" if settings.OIDC_ISSUER else "'self'"
# Only what is named here is allowed: our own files, forms to ourselves, images as data (icons in CSS), and to frame a
# page of ours that allows it: see `mail.views.outbox_html`.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self'; frame-src 'self'; form-action {FORMS}; base-uri 'none'; frame-ancestors 'none'; "
        "manifest-src 'self'"
    ),
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    # Most pages are for one user, and an error page can contain what was typed. Static files are served before this.
    "Cache-Control": "no-store",
}


# Kubernetes and Prometheus ask each process by its own address, which is none of ALLOWED_HOSTS.
MONITORED = {**PROBES, "/metrics": metrics}


def health(get_response: View) -> View:
    """Answer monitors before any middleware that needs the database, such as sessions."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return MONITORED.get(request.path, get_response)(request)

    return middleware


def security_headers(get_response: View) -> View:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return middleware


def cache_clearing(get_response: View) -> View:
    """Clear the browser's cache when its user signs out, or becomes another user by accepting an invitation."""

    def middleware(request: HttpRequest) -> HttpResponse:
        before = request.user.pk
        response = get_response(request)
        if before and request.user.pk != before:
            response.headers["Clear-Site-Data"] = '"cache"'
        return response

    return middleware


def live_parts(get_response: View) -> View:
    """Make sure that htmx never puts a whole page inside another page.

    A redirect or a client error leads the whole browser page on. Errors that may pass without action (429 and 5xx)
    leave the page as it is.
    """

    def middleware(request: Any) -> HttpResponse:
        response = get_response(request)
        if not request.htmx:
            return response
        if "Location" in response.headers:
            return HttpResponseClientRedirect(response.headers["Location"])
        if response.status_code in (400, 403, 404, 405, 410):
            response.headers["HX-Refresh"] = "true"
        return response

    return middleware


def wrong_method(get_response: View) -> View:
    """Show a page for a method that is not allowed: Django's own reply is empty."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            response.content = render_to_string("405.html", request=request)
        return response

    return middleware
