"""What is emailed about syncs, and to whom."""

from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from mail.kinds import EmailKind, NotificationKind


def works_with_syncs(user: User) -> bool:
    return not user.is_beanworks and user.has_role(*Role.values)


EMAIL_KINDS = (
    EmailKind(
        "sync_failed",
        _("A scheduled sync fails or is incomplete"),
        _("You get this email because you created the schedule, or are a System Administrator of the legal entity."),
        _("Open the sync"),
        works_with_syncs,
    ),
    EmailKind(
        "first_sync_ended",
        _("The first sync that you started ends"),
        _("You get this email because you started this sync."),
        _("Open the sync"),
        works_with_syncs,
    ),
    EmailKind(
        "sync_missed",
        _("A scheduled sync does not start"),
        _("You get this email because you created the schedule, or are a System Administrator of the legal entity."),
        _("View the schedules"),
        works_with_syncs,
    ),
)
NOTIFICATION_KINDS = (
    NotificationKind("sync_failed", "bad"),
    NotificationKind("first_sync_ended", "note"),
    NotificationKind("sync_missed", "bad"),
)
