"""What support can do about a delivery that failed, and about an endpoint that is disabled."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from api.models import WebhookDelivery, WebhookEndpoint
from core.text import Words

Failure, Disabled = WebhookDelivery.FailureReason, WebhookEndpoint.DisabledReason

FAILURES: Mapping[str, Words] = {
    Failure.UNRESOLVED: _(
        "Check the host in the URL of the endpoint, or its entry in the DNS. Then send the event again."
    ),
    Failure.FORBIDDEN: _("Change the URL of the endpoint to one at a public address. Then send the event again."),
    Failure.UNREACHABLE: _(
        "Ask the team of the service whether it runs and whether its firewall lets our requests in. "
        "Then send the event again."
    ),
    Failure.TLS: _("Ask the team of the service to install a valid certificate. Then send the event again."),
    Failure.TIMEOUT: _(
        "Ask the team of the service to store the event, to answer at once, and to process it later. "
        "Then send the event again."
    ),
    Failure.STATUS: _(
        "The service must answer with a status from 200 to 299. Ask its team to look for the event ID in its log. "
        "Then send the event again."
    ),
    Failure.CRASHED: _("Send the event again. If that fails too, ask an operator to read our log."),
}

DISABLED: Mapping[str, Words] = {
    Disabled.BY_OWNER: _(
        "It gets no events until you enable it. Events from while it was disabled are not sent later."
    ),
    Disabled.FAILING: _(
        "Open a failed delivery to see why. When the service works again, enable the endpoint: "
        "what was waiting is sent. Events from while it was disabled are not sent later."
    ),
    Disabled.GONE: _(
        "If the service has moved, change the URL, then enable the endpoint. "
        "If it no longer exists, delete the endpoint."
    ),
    Disabled.KEY_REVOKED: _("If the service still needs events, enable the endpoint. It is then yours."),
    Disabled.KEY_EXPIRED: _("If the service still needs events, enable the endpoint. It is then yours."),
}
