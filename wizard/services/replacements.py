"""Another level for a legal entity in use: a request that replaces its profile when support approves it."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import Refused
from wizard.models import SyncProfile
from wizard.services import notifications
from wizard.services.profile_rows import lock_profile
from wizard.services.profiles import profile_request


@transaction.atomic
def replacement_request(*, profile: SyncProfile, entity_id: str, actor: User, note: str = "") -> SyncProfile:
    """Request a profile for another level or entity of Intacct. Until it is approved, this one keeps syncing."""
    if profile.entity_id == entity_id:
        raise Refused(_("The profile already uses this level. Choose another one."))
    request = profile_request(
        connection=profile.connection,
        legal_entity=profile.legal_entity,
        actor=actor,
        note=note,
        entity_id=entity_id,
        replaces=profile,
    )
    # Locked after the legal entity and the connection, as everywhere.
    if lock_profile(profile).state != SyncProfile.State.APPROVED:
        raise Refused(_("Only an approved profile can be replaced."))
    notifications.notify_request([request], actor, note)
    return request
