"""What ended: a customer who disconnected, a profile that support revoked, and a change of level that waits."""

from collections.abc import Mapping, Sequence

from accounts.models import User
from beanworks_connect.demo.customers import Tenant
from beanworks_connect.demo.stories import DISCONNECTED, MOVING, REVOKED
from beanworks_connect.demo.times import ago, morning
from smartsync.models import SyncRun
from wizard.models import Connection, StoredSecret, SyncProfile

DISCONNECTED_DAYS, REVOKED_DAYS = 12, 4
REASON = "You sold this company last month. If that is not correct, write to us and request the profile again."
NOTE = "Since this month, all bills go to the top level."


def insert_endings(tenants: Sequence[Tenant], team: Mapping[str, User]) -> None:
    by_name = {tenant.story.name: tenant for tenant in tenants}
    _disconnect(by_name[DISCONNECTED])
    _revoke(by_name[REVOKED], team["Sam Support"])
    _request_another_level(by_name[MOVING])


def _disconnect(tenant: Tenant) -> None:
    at = ago(DISCONNECTED_DAYS)
    SyncRun.objects.filter(profile__connection=tenant.connection, created_at__gt=at).delete()
    StoredSecret.objects.filter(connection=tenant.connection).delete()
    Connection.objects.filter(pk=tenant.connection.pk).update(disconnected_at=at, disconnected_by=tenant.administrator)


def _revoke(tenant: Tenant, by: User) -> None:
    """The profile of the customer's newest legal entity."""
    profile = tenant.connection.profiles.approved().latest("decided_at")
    at = morning(REVOKED_DAYS)
    SyncRun.objects.filter(profile=profile, created_at__gt=at).delete()
    profile.state, profile.reason = SyncProfile.State.REVOKED, REASON
    profile.ended_at, profile.ended_by = at, by
    profile.save()


def _request_another_level(tenant: Tenant) -> None:
    """From its entity to the top level, which no other legal entity of the customer uses."""
    current = tenant.connection.profiles.approved().earliest("decided_at")
    request = SyncProfile.objects.create(
        connection=tenant.connection,
        legal_entity=current.legal_entity,
        requested_by=tenant.administrator,
        note=NOTE,
        replaces=current,
    )
    SyncProfile.objects.filter(pk=request.pk).update(requested_at=ago(0, minutes=50))
