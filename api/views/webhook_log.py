import json

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.access import UserRequest, support_only
from api.models import WebhookDelivery, WebhookEndpoint
from api.webhooks import endpoints
from api.webhooks.remedies import DISABLED, FAILURES
from core.long_lists import LongPaginator
from core.refusals import show_refusal_to

PAGE = 50
STATES = {
    "": gettext_lazy("All"),
    "waiting": gettext_lazy("Waiting"),
    "delivered": gettext_lazy("Delivered"),
    "failed": gettext_lazy("Failed"),
}


@support_only
@require_safe
def endpoint(request: UserRequest, endpoint_pk: int) -> HttpResponse:
    """Show an endpoint and its log."""
    endpoint = get_object_or_404(WebhookEndpoint.objects.for_page(), pk=endpoint_pk)
    state = request.GET.get("state", "")
    deliveries = endpoint.deliveries.select_related("event").order_by("-pk")
    if state in STATES and state:
        deliveries = deliveries.in_state(state)
    page = LongPaginator(deliveries, PAGE).get_page(request.GET.get("page"))
    context = {
        "endpoint": endpoint,
        "remedy": DISABLED.get(endpoint.disabled_reason, ""),
        "page": page,
        "states": STATES.items(),
        "state": state,
    }
    return render(request, "api/webhook.html", context)


@support_only
@require_safe
def delivery(request: UserRequest, delivery_pk: int) -> HttpResponse:
    delivery = _find(delivery_pk)
    body = json.dumps(json.loads(delivery.event.body), indent=2, ensure_ascii=False)
    context = {"delivery": delivery, "body": body, "remedy": FAILURES.get(delivery.failure_reason, "")}
    return render(request, "api/webhook_delivery.html", context)


@support_only
@require_POST
def send_test(request: UserRequest, endpoint_pk: int) -> HttpResponse:
    endpoint = get_object_or_404(WebhookEndpoint, pk=endpoint_pk)
    with show_refusal_to(request):
        sent = endpoints.endpoint_test(endpoint=endpoint, actor=request.user)
        return redirect("webhooks:delivery", sent.pk)
    return redirect("webhooks:endpoint", endpoint_pk)


@support_only
@require_POST
def send_again(request: UserRequest, delivery_pk: int) -> HttpResponse:
    with show_refusal_to(request):
        endpoints.delivery_send_again(delivery=_find(delivery_pk), actor=request.user)
    return redirect("webhooks:delivery", delivery_pk)


def _find(pk: int) -> WebhookDelivery:
    return get_object_or_404(WebhookDelivery.objects.select_related("endpoint", "event"), pk=pk)
