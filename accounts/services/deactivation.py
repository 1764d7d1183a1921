"""End a user's access, and give it back; remove the second factor of a user who lost it."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from accounts.emails import SECURITY_REASON, account_email_send
from accounts.endings import ENDINGS, Ending
from accounts.models import Invitation, User
from accounts.services.invitations import invitation_revoke
from accounts.services.users import keep_an_administrator
from audit.services import event_record
from core.emails import Frame
from core.errors import Refused


@transaction.atomic
def user_deactivate(*, user: User, actor: User | None, reason: str) -> None:
    """End the user's access at once, with all that `accounts.endings` lists. Doing it again changes nothing."""
    if actor and actor.pk == user.pk:
        raise Refused(_("You cannot deactivate yourself. Ask a colleague."))
    with keep_an_administrator(user):
        changes = {"deactivated_at": timezone.now(), "deactivated_by": actor, "deactivation_reason": reason}
        if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False, **changes):
            return
        for ending in ENDINGS:
            ending.end(user, actor)
        _record("user.deactivated", user, actor, reason=reason)
    user.refresh_from_db()


@transaction.atomic
def user_reactivate(*, user: User, actor: User | None) -> None:
    """Let the user sign in again. What ended when they were deactivated stays ended."""
    changes = {"deactivated_at": None, "deactivated_by": None, "deactivation_reason": ""}
    if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True, **changes):
        _record("user.reactivated", user, actor)
    user.refresh_from_db()


@transaction.atomic
def second_factor_reset(*, user: User, actor: User) -> None:
    """Remove every second factor of another user, who lost it, and end their sessions. They are notified by email."""
    if actor.pk == user.pk:
        raise Refused(_("You cannot reset your own second factor. Ask a colleague."))
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not Authenticator.objects.filter(user=user).delete()[0]:
        raise Refused(_("This user has no second factor."))
    sessions_end(user)
    _record("second_factor.reset", user, actor)
    frame = Frame(SECURITY_REASON, gettext_lazy("Sign in"), reverse("account_login"), name=user.name)
    if user.is_active:
        with translation.override(user.language), timezone.override(user.zone):
            account_email_send("second_factor_reset", {"by": actor, "at": timezone.now()}, frame, to=user.email)


def sessions_end(user: User, actor: User | None = None) -> None:
    """Sign the user out everywhere. The epoch also ends a session that begins at this moment."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    for device in UserSession.objects.filter(user=user):
        device.end()


def _record(action: str, user: User, actor: User | None, **metadata: str) -> None:
    event_record(action=action, actor=actor, target=user, customer_id=user.customer_id, name=user.name, **metadata)


def _invitations(user: User) -> list[Invitation]:
    return list(Invitation.objects.open().filter(invited_by=user))


def _revoke_invitations(user: User, actor: User | None) -> None:
    for invitation in _invitations(user):
        invitation_revoke(invitation=invitation, actor=actor)


OWN_ENDINGS = (
    Ending(
        ngettext_lazy("%(count)d device is signed out", "%(count)d devices are signed out", "count"),
        lambda user: UserSession.objects.filter(user=user).count(),
        sessions_end,
    ),
    Ending(
        ngettext_lazy("%(count)d sent invitation is canceled", "%(count)d sent invitations are canceled", "count"),
        lambda user: len(_invitations(user)),
        _revoke_invitations,
    ),
)
