"""What is emailed about webhooks, and to whom."""

from django.utils.translation import gettext_lazy as _

from mail.kinds import EmailKind, NotificationKind

EMAIL_KINDS = (
    EmailKind(
        "webhook_disabled",
        _("A webhook endpoint is disabled"),
        _("You get this email because you created the endpoint, or the API key that did."),
        _("Open the endpoint"),
        always=True,
    ),
)
NOTIFICATION_KINDS = (NotificationKind("webhook_disabled", "bad"),)
