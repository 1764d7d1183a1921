"""What Beanworks staff send by hand to a customer, and what is emailed about exports."""

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from mail.kinds import EmailKind, NotificationKind

MISSING = EmailKind(
    "what_is_missing",
    _("Beanworks sends you what is missing"),
    _("You get this email because you may change your company’s connection to Sage Intacct."),
    _("Continue"),
    always=True,
)
EMAIL_KINDS = (
    MISSING,
    EmailKind(
        "request_escalated",
        _("A request waits for too long"),
        _("You get this email because support chose you for requests that wait for too long."),
        _("Open the request"),
        always=True,
    ),
    EmailKind(
        "channel_message",
        _("A message to a channel by email"),
        _("You get this email because support reports to this address what happens in Beanworks Connect."),
        _("Open in Beanworks Connect"),
        always=True,
        internal=True,
    ),
    EmailKind(
        "export_ended",
        _("An export that you requested is ready, or failed"),
        _("You get this email because you requested the export."),
        _("Open the export"),
        always=True,
    ),
    # Its text is deleted as soon as it was sent, because it names many customers and belongs to none.
    EmailKind(
        "weekly_digest",
        _("Every Monday: which of your customers are stuck, broke or went live"),
        _("You get this email because you are the contact of these customers."),
        _("Open your board"),
        lambda user: user.kind == User.Kind.CUSTOMER_SUCCESS,
        secret=True,
    ),
)
NOTIFICATION_KINDS = (NotificationKind("what_is_missing", "warn"),)
