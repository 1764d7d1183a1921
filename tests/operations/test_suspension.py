"""A customer whose deletion is confirmed is suspended and disconnected at once.

It works again when the deletion is canceled, except that Intacct waits for the passwords.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from time_machine import travel

from accounts.models import Customer, Invitation, LegalEntity, OrgUnit, User
from api.models import ApiKey
from api.scopes import Scope
from audit.models import AuditEvent
from core.errors import Refused
from intacct.secret import Secret
from mail.models import Email, Notification
from operations.deletion import deletion_cancel, deletion_confirm, deletion_request
from operations.models import CustomerDeletion
from operations.occasion_notifications import NOTIFIED
from operations.tasks import report, report_hourly
from smartsync.models import Schedule, SyncRun
from tests.operations.filled_customer import filled_customer
from tests.operations.test_deletion import second_support
from tests.wizard.profiles.test_races import run_at_once
from wizard.models import (
    Connection,
    Handover,
    StageProgress,
    StoredSecret,
    SupportSettings,
    SyncProfile,
    Verification,
)
from wizard.models.support_settings import deployment_defaults
from wizard.services import connection_refresh, credentials_save, profile_claim
from wizard.services.monitoring import _in_use
from wizard.services.reminders import reminders_send
from wizard.verification.secrets import secret_store

pytestmark = pytest.mark.django_db


def usable_rows(customer: Customer) -> set[str]:
    Schedule.objects.update(next_at=timezone.now())
    Invitation.objects.update(expires_at=timezone.now() + timedelta(days=1), roles=[])
    rows = {
        "key": ApiKey.objects.usable().filter(customer=customer, scopes=list(Scope)),
        "handover": Handover.objects.usable().filter(connection__customer=customer),
        "invitation": Invitation.objects.usable().filter(customer=customer),
        "schedule": Schedule.objects.due().filter(profile__connection__customer=customer),
        "monitoring": _in_use().filter(customer=customer),
    }
    return {name for name, found in rows.items() if found.exists()}


def test_suspended_customer_cannot_do_anything_until_the_deletion_is_canceled() -> None:
    customer, users = filled_customer()
    ada, stranger = Client(), Client()
    ada.force_login(users["system_administrator"])
    stranger.force_login(users["other_tenant"])
    working = usable_rows(customer)
    deletion = deletion_request(customer=customer, actor=users["support"], reason="They left.")

    deletion_confirm(deletion=deletion, actor=second_support())

    assert usable_rows(customer) == set()
    assert "accounts/login" in ada.get("/account/").headers["Location"]
    assert stranger.get("/account/").status_code == 200

    deletion_cancel(deletion=CustomerDeletion.objects.get(), actor=users["support"])
    assert usable_rows(customer) == {"key", "handover", "invitation", "schedule"}
    Connection.objects.update(disconnected_at=None)
    assert usable_rows(customer) == working == {"key", "handover", "invitation", "schedule", "monitoring"}
    ada.force_login(User.objects.get(pk=users["system_administrator"].pk))
    assert ada.get("/account/").status_code == 200


def test_intacct_is_disconnected_until_the_password_is_entered_after_the_cancellation(
    waiting: SyncProfile, administrator: User, support: User
) -> None:
    connection, customer = waiting.connection, waiting.connection.customer
    profile = approved_profile(connection)
    secret_store(connection=connection, field="password", secret=Secret("the password"))
    run = SyncRun.objects.create(profile=profile, kind="full")
    verification = Verification.objects.create(connection=connection)
    typed = StageProgress.objects.create(connection=connection, stage="user_role", draft={"name": "typed"})
    deletion = deletion_request(customer=customer, actor=support, reason="They left.")

    deletion_confirm(deletion=deletion, actor=second_support())

    assert not StoredSecret.objects.exists()
    for row in (run, verification, connection):
        row.refresh_from_db()
    assert (run.result, verification.is_active, connection.next_check_at) == ("canceled", False, None)
    assert not Email.objects.filter(kind="connection_disconnected").exists()
    assert AuditEvent.objects.filter(action="connection.disconnected", target_id=connection.pk).exists()
    Connection.objects.filter(pk=connection.pk).update(disconnected_at=timezone.now() - timedelta(days=99))
    assert not SyncProfile.objects.with_expired_lists().exists()
    Connection.objects.filter(pk=connection.pk).update(disconnected_at=connection.disconnected_at)

    deletion_cancel(deletion=deletion, actor=support)

    before, confirmed_at = connection.disconnected_at, CustomerDeletion.objects.get().confirmed_at
    for kept in (connection, waiting, typed, profile):
        kept.refresh_from_db()
    assert (waiting.state, typed.draft, profile.state) == ("requested", {"name": "typed"}, "approved")
    assert connection.disconnected_at
    assert before
    assert before == confirmed_at
    assert connection.disconnected_at > before
    assert {email.address for email in Email.objects.filter(kind="connection_disconnected")} == {administrator.email}
    ada = Client()
    ada.force_login(administrator)
    page = ada.get(reverse("wizard:connection", args=[connection.pk])).content.decode()
    assert "enter the password of the Web Services user again" in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(2))
def test_no_password_is_saved_while_the_deletion_is_confirmed(
    connection: Connection, administrator: User, support: User, _round: int
) -> None:
    customer, second = connection.customer, second_support()
    deletion = deletion_request(customer=customer, actor=support, reason="They left.")

    refused = run_at_once(
        lambda: deletion_confirm(deletion=deletion, actor=second),
        lambda: credentials_save(
            connection=connection,
            actor=administrator,
            company_id="hillside",
            user_id="Beanworks",
            password=Secret("new"),
        ),
    )

    assert refused[0] == ""
    assert not StoredSecret.objects.exists()
    assert not Verification.objects.active().exists()


def test_no_one_is_asked_to_act_for_a_suspended_customer(
    waiting: SyncProfile, administrator: User, support: User, success: User
) -> None:
    customer, monday = waiting.connection.customer, datetime(2026, 11, 30, 9, tzinfo=ZoneInfo("America/Vancouver"))
    customer.success_manager = success
    customer.save()
    with travel(monday - timedelta(days=14)):
        started = Connection.objects.create(customer=customer, created_by=administrator)
        for connection in (started, waiting.connection):
            connection_refresh(connection=connection)
        SyncProfile.objects.update(requested_at=timezone.now())
    SupportSettings.objects.create(**deployment_defaults(), escalation_hours=1)
    with travel(monday - timedelta(days=1)):
        deletion = deletion_request(customer=customer, actor=support, reason="They left.")
        deletion_confirm(deletion=deletion, actor=second_support())

    with travel(monday):
        assert what_is_sent() == (set(), set())
    with pytest.raises(Refused, match="suspended"):
        profile_claim(profile=waiting, actor=support)

    with travel(monday):
        deletion_cancel(deletion=CustomerDeletion.objects.get(), actor=support)
        assert what_is_sent() == (
            {"setup_reminder", "request_escalated", "weekly_digest", "connection_disconnected"},
            {"request_waiting", "customer_stopped"},
        )


def what_is_sent() -> tuple[set[str], set[str]]:
    """Return the kinds of emails, and of notifications without one."""
    reminders_send()
    report()
    report_hourly()
    kinds = set(Notification.objects.values_list("kind", flat=True))
    return set(Email.objects.values_list("kind", flat=True)), kinds & {*NOTIFIED}


def approved_profile(connection: Connection) -> SyncProfile:
    root = OrgUnit.objects.get(customer=connection.customer, parent=None)
    entity = LegalEntity.objects.create(customer=connection.customer, org_unit=root, name="Hillside Inc.")
    return SyncProfile.objects.create(
        connection=connection, legal_entity=entity, entity_id="9", state="approved", decided_at=timezone.now()
    )


def test_usable_rows_can_be_locked_without_their_customer() -> None:
    """PostgreSQL refuses to lock rows of an outer join, and a lock on a customer would hold up all of its users."""
    for rows in (
        ApiKey.objects.usable(),
        Handover.objects.usable(),
        Invitation.objects.usable(),
        Schedule.objects.due(),
        _in_use(),
    ):
        assert "accounts_customer" not in str(rows.query).partition("WHERE")[0], rows.model
        bool(rows.select_for_update())
