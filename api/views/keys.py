from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from accounts.access import UserRequest, support_only
from accounts.interrupted_posts import restore_typed
from api import keys
from api.forms import KeyForm
from api.models import ApiKey
from api.views.shown_once import keep_until_shown, take_shown
from core.refusals import show_refusal_to
from core.tokens import LinkToken

PAGE = 50
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@support_only
@require_safe
def api_keys(request: UserRequest) -> HttpResponse:
    page = Paginator(ApiKey.objects.for_page(), PAGE).get_page(request.GET.get("page"))
    return render(request, "api/keys.html", {"page": page, "per_minute": settings.API_REQUESTS_PER_MINUTE})


@support_only
@reauthentication_required
@get_or_post
def key_new(request: UserRequest) -> HttpResponse:
    form = restore_typed(request, KeyForm(request.POST or None))
    if request.method == "POST" and form.is_valid():
        key, token = keys.key_create(actor=request.user, **form.key_fields())
        return _show_token(request, key, token)
    return render(request, "api/key_new.html", {"form": form})


@support_only
@reauthentication_required
@require_POST
def key_rotate(request: UserRequest, key_pk: int) -> HttpResponse:
    key = get_object_or_404(ApiKey, pk=key_pk)
    with show_refusal_to(request):
        return _show_token(request, key, keys.key_rotate(key=key, actor=request.user))
    return redirect("api_keys:index")


@support_only
@require_POST
def key_revoke(request: UserRequest, key_pk: int) -> HttpResponse:
    with show_refusal_to(request):
        keys.key_revoke(key=get_object_or_404(ApiKey, pk=key_pk), actor=request.user)
        messages.success(request, _("The key was revoked. Requests with it are refused from now on."))
    return redirect("api_keys:index")


@support_only
@require_GET  # not HEAD: it would use the token up without showing it
def key_token(request: UserRequest, key_pk: int) -> HttpResponse:
    """Show the token once: reading it removes it from the session."""
    key = get_object_or_404(ApiKey, pk=key_pk)
    token = take_shown(request, _place(key_pk))
    if token is None:
        messages.error(request, _("The token was shown once. If it is lost, create a new token."))
        return redirect("api_keys:index")
    return render(request, "api/key_token.html", {"key": key, "token": token})


def _show_token(request: UserRequest, key: ApiKey, token: LinkToken) -> HttpResponse:
    keep_until_shown(request, _place(key.pk), token)
    return redirect("api_keys:token", key.pk)


def _place(key_pk: int) -> str:
    return f"token of API key {key_pk}"
