"""How an approval ends without another profile: undone within minutes, revoked, or after a long disconnect."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core.errors import Refused
from core.isolated_text import Sentence
from wizard.models import Connection, SyncProfile
from wizard.services import notifications
from wizard.services.profile_rows import end_profile, lock_profile, record_profile
from wizard.services.sign_ins import disconnected_words

State = SyncProfile.State


@transaction.atomic
def profile_revoke(*, profile: SyncProfile, actor: User, reason: str) -> None:
    """End an approved profile. The customer reads the reason, and its lists stay for a while."""
    if not actor.is_support:
        raise Refused(_("Only Beanworks support can revoke profiles."))
    if not reason.strip():
        raise Refused(_("Enter a reason so that the customer knows what to do next."))
    profile = lock_profile(profile)
    if not profile.can_become(State.REVOKED):
        raise Refused(_("Only an approved profile can be revoked."))
    profile.reason = reason.strip()
    end_profile(profile, State.REVOKED, actor)
    record_profile("profile.revoked", profile, actor, reason=profile.reason)
    notifications.notify_decision(profile)


@transaction.atomic
def profile_expire(*, pk: int) -> bool:
    """End an approved profile whose connection was disconnected for too long. Returns whether it ended now."""
    profile = SyncProfile.objects.select_related("connection", "legal_entity").get(pk=pk)
    # Of a reconnect at the same time, the first one counts.
    connection = Connection.objects.select_for_update().get(pk=profile.connection_id)
    expired = SyncProfile.objects.with_expired_lists().filter(pk=pk, state=State.APPROVED)
    if not expired.update(state=State.REVOKED, ended_at=connection.disconnected_at):
        return False
    record_profile("profile.expired", profile, None)
    return True


@transaction.atomic
def profile_undo_approval(*, profile: SyncProfile, actor: User) -> None:
    """Undo an approval: the request is claimed again. A profile that it replaced continues."""
    profile = lock_profile(profile)
    if refusal := undo_refusal(profile, actor):
        raise Refused(refusal)
    profile.state, profile.claimed_at = State.CLAIMED, timezone.now()
    profile.decided_by = profile.decided_at = None
    profile.save()
    # After that: a legal entity has one approved profile.
    replaced = SyncProfile.objects.filter(successors=profile, state=State.REPLACED)
    replaced.update(state=State.APPROVED, ended_at=None, ended_by=None)
    record_profile("profile.approval_undone", profile, actor)
    notifications.notify_undone(profile)


def undo_until(profile: SyncProfile) -> datetime | None:
    """Until when an approval can be undone; None if it is not one."""
    if profile.state != State.APPROVED or profile.decided_at is None:
        return None
    return profile.decided_at + timedelta(minutes=settings.UNDO_MINUTES)


def undo_refusal(profile: SyncProfile, actor: User) -> str:
    """Why this user may not undo the approval, as a text; empty if they may."""
    until = undo_until(profile)
    if until is None:
        return _("This request is not approved.")
    if profile.connection.disconnected_at:
        return disconnected_words()
    if profile.decided_by_id != actor.pk:
        person = profile.decided_by.name if profile.decided_by else _("Another user")
        return Sentence(_("%(person)s approved this request. Only they can undo it."), {"person": person})
    if profile.sync_started_at:
        return _("A sync has started since the approval. Revoke the profile instead.")
    if timezone.now() >= until:
        words = ngettext(
            "An approval can be undone for %(minutes)s minute. Revoke the profile instead.",
            "An approval can be undone for %(minutes)s minutes. Revoke the profile instead.",
            settings.UNDO_MINUTES,
        )
        return words % {"minutes": settings.UNDO_MINUTES}
    return ""
