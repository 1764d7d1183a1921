from api.models.keys import ApiKey, Arrival, KeyUse, StoredResponse
from api.models.webhooks import (
    ReportedState,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
    WebhookSecret,
    WebhookTrigger,
)

__all__ = [
    "ApiKey", "Arrival", "KeyUse", "ReportedState", "StoredResponse", "WebhookDelivery", "WebhookEndpoint",
    "WebhookEvent", "WebhookSecret", "WebhookTrigger",
]  # fmt: skip
