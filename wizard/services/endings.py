"""What ends here when a user is deactivated: see `accounts.endings`."""

from django.db.models import QuerySet
from django.utils.translation import ngettext_lazy

from accounts.endings import Ending
from accounts.models import User
from wizard.models import Handover, SyncProfile
from wizard.services.handovers import handover_revoke
from wizard.services.profiles import claim_end


def _handovers(user: User) -> QuerySet[Handover]:
    return Handover.objects.filter(created_by=user, revoked_at=None).select_related("connection")


def _revoke_handovers(user: User, actor: User | None) -> None:
    for handover in _handovers(user):
        handover_revoke(handover=handover, actor=actor)


def _claims(user: User) -> QuerySet[SyncProfile]:
    return SyncProfile.objects.filter(claimed_by=user, state__in=SyncProfile.WAITING)


def _end_claims(user: User, actor: User | None) -> None:
    for profile in _claims(user):
        claim_end(profile=profile, holder=user, actor=actor)


ENDINGS = (
    Ending(
        ngettext_lazy("%(count)d sent handover is revoked", "%(count)d sent handovers are revoked", "count"),
        lambda user: _handovers(user).count(),
        _revoke_handovers,
    ),
    Ending(
        ngettext_lazy("%(count)d claimed request is released", "%(count)d claimed requests are released", "count"),
        lambda user: _claims(user).count(),
        _end_claims,
    ),
)
