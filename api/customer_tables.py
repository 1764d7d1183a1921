"""The tables with data of customers, for exports and deletions."""

from api.models import (
    ApiKey,
    Arrival,
    KeyUse,
    ReportedState,
    StoredResponse,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
    WebhookSecret,
    WebhookTrigger,
)
from core.customer_data import CustomerTable as Table

TABLES = (
    Table(ApiKey, "customer"),
    Table(KeyUse, "key__customer", is_exported=False),
    Table(StoredResponse, "key__customer", is_exported=False),
    Table(Arrival, "user__customer", is_exported=False),
    Table(WebhookEndpoint, "customer"),
    Table(WebhookSecret, "endpoint__customer", is_exported=False),
    Table(ReportedState, "connection__customer", is_exported=False),
    Table(WebhookTrigger, "event__customer_id", is_exported=False),
    # Also what endpoints of all customers got about this one.
    Table(WebhookEvent, "customer"),
    Table(WebhookDelivery, "event__customer", is_exported=False),
)
