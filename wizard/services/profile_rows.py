"""What all changes of sync profiles share: the lock, the event and the end of syncs."""

from typing import Any

from django.utils import timezone

from accounts.models import User
from audit.services import event_record
from wizard.models import Connection, SyncProfile
from wizard.services.board import connection_refresh
from wizard.signals import syncing_ended


def record_profile(action: str, profile: SyncProfile, actor: User | None, **metadata: Any) -> None:
    """Record an event of a profile, and compute what the board shows of its connection."""
    event_record(
        action=action,
        actor=actor,
        target=profile,
        customer_id=profile.connection.customer_id,
        legal_entity=profile.legal_entity.name,
        **metadata,
    )
    connection_refresh(connection=profile.connection)


def lock_profile(profile: SyncProfile) -> SyncProfile:
    """Lock and reload the row, so that of two users who act at the same time only one finds the state it expects."""
    # The connection first, as everywhere: a disconnect withdraws requests.
    Connection.objects.select_for_update(no_key=True).get(pk=profile.connection_id)
    return (
        SyncProfile.objects.select_for_update(of=("self",))
        .select_related("connection", "legal_entity")
        .get(pk=profile.pk)
    )


def end_profile(profile: SyncProfile, state: str, actor: User) -> None:
    """End an approved profile and its syncs, in the caller's transaction."""
    profile.state, profile.ended_at, profile.ended_by = state, timezone.now(), actor
    profile.save()
    syncing_ended.send(SyncProfile, profiles=[profile])
