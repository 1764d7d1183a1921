from api.models import WebhookDelivery


class NotSent(Exception):
    """Raised when a request got no answer. `reason` is one of `WebhookDelivery.FailureReason`."""

    def __init__(self, reason: WebhookDelivery.FailureReason) -> None:
        super().__init__(reason.value)
        self.reason = reason
