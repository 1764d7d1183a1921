"""Webhook endpoints, and what was delivered to them."""

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpResponse
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status
from pydantic import AfterValidator, StringConstraints

from accounts.models import Customer
from api.access import ApiToken, KeyRequest, find, visible_to
from api.event_types import EventType
from api.models import WebhookDelivery, WebhookEndpoint
from api.pagination import Page, Paging, page_of
from api.scopes import Scope
from api.types import Fields, Input, Key, cleaned_by
from api.versions import refuse_if_changed, with_tag
from api.webhooks import endpoints
from api.webhooks.secrets import OVERLAP
from core.leases import State
from core.outgoing.addresses import clean_url
from core.text import clean_line

router = Router(tags=["Webhooks"], auth=ApiToken(Scope.MANAGE_WEBHOOKS))
DeliveryState = Literal["waiting", "delivered", "failed"]
WebhookUrl = Annotated[str, StringConstraints(max_length=500), cleaned_by(clean_url)]
Description = Annotated[str, StringConstraints(max_length=120), cleaned_by(clean_line)]
EventTypes = Annotated[
    list[EventType],
    Field(min_length=1, max_length=len(EventType)),
    AfterValidator(lambda types: list(dict.fromkeys(types))),
]


class EndpointItem(Schema):
    id: int
    url: str
    description: str
    customer_id: int | None = Field(description="Only events of this customer; null for those of all customers.")
    event_types: list[EventType]
    is_enabled: bool
    disabled_reason: Literal["", "by_owner", "failing", "gone", "key_revoked", "key_expired"]
    disabled_at: datetime | None
    failing_since: datetime | None = Field(description="Since when no event was accepted.")
    created_at: datetime


class CreatedEndpoint(EndpointItem):
    secret: str = Field(description="Verifies signatures. It is returned only now.")


class NewEndpoint(Input):
    url: WebhookUrl = Field(description="Its host must have public addresses only, and a valid certificate.")
    description: Description = ""
    customer_id: Key | None = Field(None, description="Null for all customers that the key can see.")
    event_types: EventTypes = Field(default_factory=lambda: list(EventType), description="All, if it is left out.")


class EndpointChange(Input):
    url: WebhookUrl = Field(default_factory=str)
    description: Description = Field(default_factory=str)
    event_types: EventTypes = Field(default_factory=list)
    is_enabled: bool = Field(default_factory=bool)


class NewSecret(Schema):
    secret: str
    previous_works_until: datetime = Field(description="Until then, requests are signed by both secrets.")


class DeliveryItem(Schema):
    """An event for an endpoint. `status` and `response` are from the last attempt."""

    id: int
    endpoint_id: int
    event_id: str = Field(description="The header webhook-id: the same for every attempt.")
    event_type: str
    body: str = Field(description="As it is sent.")
    state: DeliveryState
    attempts: int
    failure_reason: Literal["", "unresolved", "forbidden", "unreachable", "tls", "timeout", "status", "crashed"]
    status: int | None
    response: str = Field(description="Its first 4,096 bytes.")
    created_at: datetime
    delivered_at: datetime | None
    next_attempt_at: datetime | None


class DeliveryFilter(Paging):
    state: DeliveryState | None = None


@router.get("/webhook-endpoints", response=Page[EndpointItem], summary="List webhook endpoints")
def list_webhook_endpoints(request: KeyRequest, filter: Annotated[Paging, Query()]) -> Fields:
    page, cursor = page_of(visible_to(request.key, WebhookEndpoint), filter)
    return {"data": page, "next_cursor": cursor}


@router.post("/webhook-endpoints", response={201: CreatedEndpoint}, summary="Create a webhook endpoint")
def create_webhook_endpoint(request: KeyRequest, body: NewEndpoint, response: HttpResponse) -> Status[Fields]:
    """It belongs to the key: if the key is revoked or expires, it is disabled."""
    customer_id = body.customer_id or request.key.customer_id
    customer = find(request, Customer, customer_id) if customer_id else None
    fields = body.model_dump(exclude={"customer_id"})
    endpoint, secret = endpoints.endpoint_create(actor=None, key=request.key, customer=customer, **fields)
    with_tag(response, _item(endpoint))
    return Status(201, {**_item(endpoint).model_dump(), "secret": secret.reveal()})


@router.get("/webhook-endpoints/{int:endpoint_id}", response=EndpointItem, summary="Read a webhook endpoint")
def read_webhook_endpoint(request: KeyRequest, endpoint_id: Key, response: HttpResponse) -> Schema:
    return with_tag(response, _item(find(request, WebhookEndpoint, endpoint_id)))


@router.patch("/webhook-endpoints/{int:endpoint_id}", response=EndpointItem, summary="Change a webhook endpoint")
def change_webhook_endpoint(
    request: KeyRequest, endpoint_id: Key, body: EndpointChange, response: HttpResponse
) -> Schema:
    """To enable it ends its pause, and sends what was still waiting."""
    endpoint = find(request, WebhookEndpoint, endpoint_id, lock=True)
    refuse_if_changed(request, _item(endpoint))
    changes = body.model_dump(exclude_unset=True)
    is_enabled = changes.pop("is_enabled", None)
    if changes:
        endpoints.endpoint_change(endpoint=endpoint, actor=None, **changes)
    if is_enabled is not None:
        act = endpoints.endpoint_enable if is_enabled else endpoints.endpoint_disable
        act(endpoint=endpoint, actor=None)
    return with_tag(response, _item(find(request, WebhookEndpoint, endpoint_id)))


@router.delete("/webhook-endpoints/{int:endpoint_id}", response={204: None}, summary="Delete a webhook endpoint")
def delete_webhook_endpoint(request: KeyRequest, endpoint_id: Key) -> Status[None]:
    """With its log. What is waiting is not sent."""
    endpoints.endpoint_delete(endpoint=find(request, WebhookEndpoint, endpoint_id), actor=None)
    return Status(204, None)


@router.post("/webhook-endpoints/{int:endpoint_id}/rotate-secret", response=NewSecret, summary="Replace the secret")
def rotate_webhook_secret(request: KeyRequest, endpoint_id: Key) -> Fields:
    """Requests are signed by the old secret too for one more day."""
    secret = endpoints.secret_rotate(endpoint=find(request, WebhookEndpoint, endpoint_id), actor=None)
    return {"secret": secret.reveal(), "previous_works_until": timezone.now() + OVERLAP}


@router.post("/webhook-endpoints/{int:endpoint_id}/test", response={201: DeliveryItem}, summary="Send a test")
def test_webhook_endpoint(request: KeyRequest, endpoint_id: Key) -> Status[Fields]:
    """An event of the type `webhook.test`. Read its delivery to learn what the receiver answered."""
    delivery = endpoints.endpoint_test(endpoint=find(request, WebhookEndpoint, endpoint_id), actor=None)
    return Status(201, _delivery(delivery))


@router.get("/webhook-endpoints/{int:endpoint_id}/deliveries", response=Page[DeliveryItem], summary="List deliveries")
def list_webhook_deliveries(
    request: KeyRequest, endpoint_id: Key, filter: Annotated[DeliveryFilter, Query()]
) -> Fields:
    """Newest first. They are stored for 30 days."""
    rows = find(request, WebhookEndpoint, endpoint_id).deliveries.select_related("event")
    page, cursor = page_of(rows.in_state(filter.state) if filter.state else rows, filter, newest_first=True)
    return {"data": [_delivery(delivery) for delivery in page], "next_cursor": cursor}


@router.get("/webhook-deliveries/{int:delivery_id}", response=DeliveryItem, summary="Read a delivery")
def read_webhook_delivery(request: KeyRequest, delivery_id: Key) -> Fields:
    return _delivery(find(request, WebhookDelivery, delivery_id, "event"))


@router.post("/webhook-deliveries/{int:delivery_id}/send-again", response=DeliveryItem, summary="Send an event again")
def send_webhook_again(request: KeyRequest, delivery_id: Key) -> Fields:
    """With the same ID and a new signature."""
    delivery = find(request, WebhookDelivery, delivery_id, "event", "endpoint")
    endpoints.delivery_send_again(delivery=delivery, actor=None)
    return _delivery(find(request, WebhookDelivery, delivery_id, "event"))


def _item(endpoint: WebhookEndpoint) -> EndpointItem:
    return EndpointItem.model_validate(endpoint)


def _delivery(delivery: WebhookDelivery) -> Fields:
    same = ("id", "endpoint_id", "attempts", "failure_reason", "status", "response", "created_at", "delivered_at")
    return {
        **{name: getattr(delivery, name) for name in same},
        "event_id": delivery.event.name,
        "event_type": delivery.event.type,
        "body": delivery.event.body,
        "state": delivery.result,
        "next_attempt_at": delivery.due_at if delivery.state == State.QUEUED else None,
    }
