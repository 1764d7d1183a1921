"""How long sessions, invitations and imports are stored."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import Import, Invitation
from core.leases import State
from core.retention import Rule


def _expired_sessions(before: datetime) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lte=before)


def _signed_out_devices(before: datetime) -> QuerySet[UserSession]:
    sessions = Session.objects.filter(session_key=OuterRef("session_key"))
    devices: QuerySet[UserSession] = UserSession.objects.filter(~Exists(sessions))
    return devices


def _ended_invitations(before: datetime) -> QuerySet[Invitation]:
    has_ended = Q(accepted_at__isnull=False) | Q(revoked_at__isnull=False) | Q(expires_at__lt=timezone.now())
    return Invitation.objects.filter(has_ended, created_at__lt=before)


def _old_imports(before: datetime) -> QuerySet[Import]:
    return Import.objects.filter(state=State.DONE, created_at__lt=before)


RULES = (
    Rule("sessions", _expired_sessions, "expire_date"),
    Rule("devices", _signed_out_devices, "pk"),
    Rule("invitations", _ended_invitations, "created_at", "RETENTION_LINKS_DAYS"),
    # With their lines.
    Rule("imports", _old_imports, "created_at", "RETENTION_IMPORTS_DAYS"),
)
