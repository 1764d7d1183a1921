"""Disconnecting Intacct companies. `services.credentials` connects one again, with a password that signs in.

A disconnected connection has no password, and nothing is sent to Intacct for it. Profiles, schedules and lists stay, so
that connecting it again restores everything. After `ENDED_LISTS_DAYS` the lists are removed, and the profiles end.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer, User
from core.errors import Refused
from wizard.models import (
    Connection,
    Handover,
    Incident,
    StageProgress,
    StoredSecret,
    SyncProfile,
    TestBill,
    Verification,
)
from wizard.services.board import connection_refresh
from wizard.services.events import record
from wizard.services.handovers import handover_revoke
from wizard.services.incidents import close_incidents
from wizard.services.notifications import notify_disconnection
from wizard.services.profiles import profile_withdraw
from wizard.services.sessions import forget_sessions
from wizard.services.test_bill_work import cut_off_test_bill
from wizard.signals import syncing_ended


@transaction.atomic
def connection_disconnect(*, connection: Connection, actor: User) -> None:
    """Delete the password, and end everything that would send a request to Intacct."""
    # Everything that starts work for Intacct locks the connection too. So it comes first and is ended here, or it
    # comes later and finds the connection disconnected.
    connection = Connection.objects.select_for_update().get(pk=connection.pk)
    _refuse_unless_connected(connection)
    _cut_off(connection, actor, timezone.now())
    _end_requests(connection, actor)
    connection_refresh(connection=connection)
    notify_disconnection(connection)


@transaction.atomic
def customer_disconnect(*, customer: Customer, actor: User, at: datetime) -> None:
    """Disconnect all connections of a customer that is suspended from now on. `customer_resume` follows or a deletion.

    What users have not finished stays: no one can continue it while they are suspended.
    """
    for connection in Connection.objects.select_for_update().filter(customer=customer).order_by("pk"):
        if connection.can_be_disconnected:
            _cut_off(connection, actor, at)
        else:
            # A worker may be trying a password that would connect it again.
            StoredSecret.objects.filter(connection=connection).delete()
            Verification.objects.filter(connection=connection).end()
        connection_refresh(connection=connection)


@transaction.atomic
def customer_resume(*, customer: Customer, disconnected_at: datetime) -> None:
    """Tell a customer that is no longer suspended what `customer_disconnect` disconnected at that time.

    Their administrators must enter the passwords. The days for which lists are kept begin now.
    """
    for connection in Connection.objects.select_for_update().filter(customer=customer).order_by("pk"):
        if connection.disconnected_at == disconnected_at:
            connection.disconnected_at = timezone.now()
            connection.save(update_fields=["disconnected_at"])
            notify_disconnection(connection)
        connection_refresh(connection=connection)


def _refuse_unless_connected(connection: Connection) -> None:
    if connection.disconnected_at:
        raise Refused(_("This connection is already disconnected."))
    if connection.credentials_saved_at is None:
        raise Refused(_("There is nothing to disconnect: no credentials have been entered yet."))


def _cut_off(connection: Connection, actor: User, at: datetime) -> None:
    """Delete the password, and end the work of a locked connection."""
    profiles = list(connection.profiles.approved().select_related("connection", "legal_entity"))
    forget_sessions(connection, [profile.entity_id for profile in profiles if profile.entity_id])
    StoredSecret.objects.filter(connection=connection).delete()
    connection.disconnected_at, connection.disconnected_by = at, actor
    connection.sign_in_block, connection.sign_in_refused_at, connection.next_check_at = "", None, None
    connection.save()
    record("connection.disconnected", connection, actor)
    _end_work(connection, profiles)


def _end_work(connection: Connection, profiles: list[SyncProfile]) -> None:
    """End what workers do. They find their lease lost before their next request."""
    syncing_ended.send(SyncProfile, profiles=profiles)
    Verification.objects.filter(connection=connection).end()
    for test in TestBill.objects.active().filter(connection=connection).select_for_update(of=["self"]):
        cut_off_test_bill(test, "disconnected")
    # Ended syncs may have opened some.
    open_slugs = Incident.objects.open().filter(connection=connection).values_list("check_slug", flat=True)
    close_incidents(connection=connection, slugs=list(open_slugs))


def _end_requests(connection: Connection, actor: User) -> None:
    """End what users have not finished: drafts, handovers, and requests that wait for support or for an answer."""
    StageProgress.objects.filter(connection=connection).exclude(draft={}).update(draft={})
    for handover in Handover.objects.filter(connection=connection, revoked_at=None):
        handover_revoke(handover=handover, actor=actor)
    for profile in connection.profiles.filter(state__in=SyncProfile.WAITING):
        profile_withdraw(profile=profile, actor=actor)
