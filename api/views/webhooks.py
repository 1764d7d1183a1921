from collections.abc import Callable
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from accounts.access import UserRequest, support_only
from accounts.interrupted_posts import restore_typed
from api.forms import EndpointChangeForm, EndpointFields, EndpointForm
from api.models import WebhookEndpoint
from api.views.shown_once import keep_until_shown, take_shown
from api.webhooks import endpoints
from core.errors import Refused
from core.tokens import LinkToken
from core.transactions import atomic_post

PAGE = 50
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@support_only
@require_safe
def webhooks(request: UserRequest) -> HttpResponse:
    page = Paginator(WebhookEndpoint.objects.for_page(), PAGE).get_page(request.GET.get("page"))
    return render(request, "api/webhooks.html", {"page": page})


@support_only
@reauthentication_required
@get_or_post
def new_endpoint(request: UserRequest) -> HttpResponse:
    form = restore_typed(request, EndpointForm(request.POST or None))
    if request.method == "POST" and form.is_valid():
        try:
            endpoint, secret = endpoints.endpoint_create(actor=request.user, **form.cleaned_data)
        except Refused as reason:
            form.add_error(None, str(reason))
        else:
            return _show_secret(request, endpoint, secret)
    return render(request, "api/webhook_new.html", {"form": form})


@support_only
@reauthentication_required
@get_or_post
@atomic_post
def change_endpoint(request: UserRequest, endpoint_pk: int) -> HttpResponse:
    endpoint = get_object_or_404(WebhookEndpoint, pk=endpoint_pk)
    if request.method == "POST":
        # Locked, so that no other change is saved after its version was compared.
        endpoint.refresh_from_db(from_queryset=WebhookEndpoint.objects.select_for_update(no_key=True))
    present = {name: getattr(endpoint, name) for name in EndpointFields.base_fields}
    initial = {**present, "version": endpoint.version}
    form = restore_typed(request, EndpointChangeForm(request.POST or None, initial=initial))
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        if values.pop("version") == endpoint.version:
            return _save(request, endpoint, {name: value for name, value in values.items() if value != present[name]})
        form.refuse(present=present, version=endpoint.version, changed_by=None)
    return render(request, "api/webhook_change.html", {"form": form, "endpoint": endpoint})


def _save(request: UserRequest, endpoint: WebhookEndpoint, changes: dict[str, Any]) -> HttpResponse:
    if changes:
        endpoints.endpoint_change(endpoint=endpoint, actor=request.user, **changes)
        messages.success(request, _("The endpoint was changed."))
    return redirect("webhooks:endpoint", endpoint.pk)


@support_only
@reauthentication_required
@require_POST
def rotate_secret(request: UserRequest, endpoint_pk: int) -> HttpResponse:
    endpoint = get_object_or_404(WebhookEndpoint, pk=endpoint_pk)
    return _show_secret(request, endpoint, endpoints.secret_rotate(endpoint=endpoint, actor=request.user))


@support_only
@require_GET
def show_secret(request: UserRequest, endpoint_pk: int) -> HttpResponse:
    """Show the secret once: reading it removes it from the session."""
    endpoint = get_object_or_404(WebhookEndpoint, pk=endpoint_pk)
    secret = take_shown(request, _place(endpoint_pk))
    if secret is None:
        messages.error(request, _("The secret was shown once. If it is lost, create a new secret."))
        return redirect("webhooks:endpoint", endpoint_pk)
    previous = endpoint.secrets.filter(expires_at__isnull=False).first()
    return render(request, "api/webhook_secret.html", {"endpoint": endpoint, "secret": secret, "previous": previous})


@support_only
@require_POST
def enable_endpoint(request: UserRequest, endpoint_pk: int) -> HttpResponse:
    return _carry_out(request, endpoint_pk, endpoints.endpoint_enable, _("The endpoint is enabled."))


@support_only
@require_POST
def disable_endpoint(request: UserRequest, endpoint_pk: int) -> HttpResponse:
    return _carry_out(request, endpoint_pk, endpoints.endpoint_disable, _("The endpoint is disabled."))


@support_only
@get_or_post
def delete_endpoint(request: UserRequest, endpoint_pk: int) -> HttpResponse:
    endpoint = get_object_or_404(WebhookEndpoint, pk=endpoint_pk)
    if request.method != "POST":
        return render(request, "api/webhook_delete.html", {"endpoint": endpoint})
    endpoints.endpoint_delete(endpoint=endpoint, actor=request.user)
    messages.success(request, _("The endpoint was deleted."))
    return redirect("webhooks:index")


def _carry_out(request: UserRequest, endpoint_pk: int, service: Callable[..., Any], words: str) -> HttpResponse:
    try:
        service(endpoint=get_object_or_404(WebhookEndpoint, pk=endpoint_pk), actor=request.user)
    except Refused as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, words)
    return redirect("webhooks:endpoint", endpoint_pk)


def _show_secret(request: UserRequest, endpoint: WebhookEndpoint, secret: LinkToken) -> HttpResponse:
    keep_until_shown(request, _place(endpoint.pk), secret)
    return redirect("webhooks:secret", endpoint.pk)


def _place(endpoint_pk: int) -> str:
    return f"secret of webhook endpoint {endpoint_pk}"
