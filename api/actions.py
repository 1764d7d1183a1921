"""What users do with API keys, and keys themselves, for the audit log."""

from django.utils.translation import gettext_lazy as _

from api.models import WebhookEndpoint
from audit.actions import Action, Facts


def _reason(facts: Facts) -> Facts:
    return {"reason": dict(WebhookEndpoint.DisabledReason.choices).get(facts["reason"], facts["reason"])}


ACTIONS = (
    Action("api_key.created", _("Created the API key %(name)s")),
    Action("api_key.rotated", _("Replaced the token of the API key %(name)s")),
    Action("api_key.revoked", _("Revoked the API key %(name)s")),
    Action("arrival.created", _("Created a sign-in link for %(email)s")),
    Action("arrival.used", _("Arrived from %(key)s")),
    Action("webhook.created", _("Created a webhook endpoint at %(host)s")),
    Action("webhook.changed", _("Changed the webhook endpoint at %(host)s")),
    Action("webhook.deleted", _("Deleted the webhook endpoint at %(host)s")),
    Action("webhook.disabled", _("The webhook endpoint at %(host)s was disabled: %(reason)s"), words=_reason),
    Action("webhook.enabled", _("Enabled the webhook endpoint at %(host)s")),
    Action("webhook.secret_rotated", _("Replaced the secret of the webhook endpoint at %(host)s")),
    Action("webhook.sent_again", _("Sent an event to the webhook endpoint at %(host)s again")),
    Action("webhook.tested", _("Sent a test to the webhook endpoint at %(host)s")),
)
SUBJECTS = {
    "api_key": _("API keys"),
    "arrival": _("Arrivals from other services"),
    "webhook": _("Webhooks"),
}
