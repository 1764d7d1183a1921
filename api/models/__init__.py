from api.models.events import ReportedState, WebhookEvent, WebhookTrigger
from api.models.keys import ApiKey, Arrival, KeyUse, StoredResponse
from api.models.webhooks import WebhookDelivery, WebhookEndpoint, WebhookSecret

__all__ = [
    "ApiKey", "Arrival", "KeyUse", "ReportedState", "StoredResponse", "WebhookDelivery", "WebhookEndpoint",
    "WebhookEvent", "WebhookSecret", "WebhookTrigger",
]  # fmt: skip
