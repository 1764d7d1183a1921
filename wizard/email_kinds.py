"""What is emailed about connections, sync profiles and handovers, and to whom."""

from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from mail.kinds import EmailKind, NotificationKind


def is_support(user: User) -> bool:
    return user.is_support


def is_administrator(user: User) -> bool:
    return not user.is_beanworks and user.has_role(Role.SYSTEM_ADMINISTRATOR)


def monitors_connections(user: User) -> bool:
    return user.is_beanworks or is_administrator(user)


SUPPORT = _("You get this email because you work in Beanworks support.")
REQUESTER = _(
    "You get this email because you requested the profile, or may change your company’s connection to Sage Intacct."
)
GUEST = _("You get this email because a user of Beanworks Connect handed steps over to you.")
EMAIL_KINDS = (
    EmailKind(
        "profile_requested", _("A customer requests an API Sync Profile"), SUPPORT, _("Open the request"), is_support
    ),
    EmailKind("information_given", _("A customer answers your question"), SUPPORT, _("Open the request"), is_support),
    EmailKind(
        "information_asked",
        _("Beanworks has a question about a request"),
        REQUESTER,
        _("Answer the question"),
        is_administrator,
    ),
    EmailKind("profile_approved", _("A request is approved"), REQUESTER, _("Start SmartSync"), is_administrator),
    EmailKind("profile_declined", _("A request is declined"), REQUESTER, _("See what to do next"), is_administrator),
    EmailKind(
        "profile_approval_undone",
        _("The approval of a request is undone"),
        REQUESTER,
        _("View your request"),
        is_administrator,
    ),
    EmailKind("profile_revoked", _("A profile is revoked"), REQUESTER, _("See what to do next"), is_administrator),
    EmailKind(
        "incident_opened",
        _("A connection in use stops working"),
        _("You get this email because you are responsible for this connection to Sage Intacct."),
        _("See how to fix it"),
        monitors_connections,
    ),
    EmailKind(
        "connection_disconnected",
        _("A connection is disconnected"),
        _("You get this email because you are responsible for this connection to Sage Intacct."),
        _("View the connection"),
        monitors_connections,
    ),
    EmailKind(
        "request_received",
        _("We received your request"),
        _("You get this email because you sent the request."),
        _("View your request"),
        is_administrator,
    ),
    EmailKind(
        "setup_reminder",
        _("Your set-up has stopped (at most three reminders)"),
        _("You get this email because you may change your company’s connection to Sage Intacct."),
        _("Continue"),
        is_administrator,
    ),
    EmailKind(
        "handover_expiring",
        _("A handover’s link is about to expire"),
        _("You get this email because you handed steps over."),
        _("View the handover"),
        is_administrator,
    ),
    EmailKind(
        "handover_reminder", _("A guest’s link is about to expire"), GUEST, _("Continue"), always=True, secret=True
    ),
    # To a guest, who has no account and so no choices.
    EmailKind(
        "handover",
        _("Steps are handed over to a guest"),
        GUEST,
        _("Open the steps"),
        always=True,
        secret=True,
    ),
)
NOTIFICATION_KINDS = (
    NotificationKind("information_given", "note"),
    NotificationKind("information_asked", "warn"),
    NotificationKind("profile_approved", "good"),
    NotificationKind("profile_declined", "bad"),
    NotificationKind("profile_approval_undone", "warn"),
    NotificationKind("profile_revoked", "bad"),
    NotificationKind("incident_opened", "bad"),
    NotificationKind("incidents_closed", "good", _("%(customer)s: the connection to Sage Intacct works again")),
    NotificationKind("connection_disconnected", "warn"),
)
