"""One customer with an object for every address, and a user of each kind."""

from datetime import timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from accounts.models import Import, ImportLine, Invitation, LegalEntity, OrgUnit, Role, RoleAssignment, User
from api.event_types import EventType
from api.keys import key_create
from api.scopes import Scope
from api.webhooks.endpoints import endpoint_create, endpoint_test
from core.tokens import LinkToken
from mail.models import Email, Notification
from operations.channels.services import channel_create
from operations.models import CannedText, Channel, CustomerDeletion, CustomerExport, ExportPart, Note, SavedView
from smartsync.models import Hold, ListItem, ListRun, Schedule, SyncRun
from wizard.access import OPENED
from wizard.models import Connection, Handover, StageProgress, SyncProfile, TestBill
from wizard.stages import handed_over_stages


def _create_user(name: str, role: str = "", **fields: Any) -> User:
    user = User.objects.create(email=f"{name}@example.com", name=name, **fields)
    if role:
        RoleAssignment.objects.create(user=user, role=role)
    return user


def people(root: OrgUnit, other_branch: OrgUnit, stranger_root: OrgUnit) -> dict[str, User]:
    at_root: dict[str, Any] = {"customer": root.customer, "home_org_unit": root}
    administrator = Role.SYSTEM_ADMINISTRATOR
    elsewhere: dict[str, Any] = {"customer": stranger_root.customer, "home_org_unit": stranger_root}
    return {
        **{str(role): _create_user(role, role, **at_root) for role in Role.values},
        "no_role": _create_user("no_role", **at_root),
        "other_org_unit": _create_user(
            "other_org_unit", administrator, customer=root.customer, home_org_unit=other_branch
        ),
        "other_tenant": _create_user("other_tenant", administrator, **elsewhere),
        "customer_success": _create_user("customer_success", kind=User.Kind.CUSTOMER_SUCCESS),
        "support": _create_user("support", kind=User.Kind.SUPPORT),
    }


def things(root: OrgUnit, branch: OrgUnit, users: dict[str, User]) -> dict[str, int]:
    """Create the objects that addresses need and return their primary keys. `profile_pk` is a profile in use."""
    administrator = users[Role.SYSTEM_ADMINISTRATOR]
    connection = _create_connection(root, administrator)
    handover = _create_handover(connection, administrator)
    profile = _create_profile(connection, branch, administrator)
    _create_test_bill(profile)
    return {
        "pk": connection.pk,
        "profile_pk": profile.pk,
        "customer_pk": root.customer.pk,
        "entity_pk": profile.legal_entity_id,
        "handover_pk": handover.pk,
        **_create_syncs(profile),
        **_create_accounts(root, users),
        **_create_webhooks(root, users),
        **_create_notes(connection, users),
        **_create_customer_data(root, users),
        "channel_pk": _create_channel(users).pk,
    }


def _create_connection(root: OrgUnit, administrator: User) -> Connection:
    connection = Connection.objects.create(
        customer=root.customer,
        created_by=administrator,
        company_id="hillside",
        user_id="Beanworks",
        level="top",
        permission_model="role",
        several_entities=False,
        credentials_saved_at=timezone.now(),
    )
    StageProgress.objects.create(
        connection=connection, stage="pre_checks", attested_at=timezone.now(), attested_by=administrator
    )
    return connection


def _create_handover(connection: Connection, administrator: User) -> Handover:
    now = timezone.now()
    return Handover.objects.create(
        connection=connection,
        name="Ida Intacct",
        email="ida@example.com",
        stages=[stage.slug for stage in handed_over_stages()],
        created_by=administrator,
        token_hash="0" * 64,
        opened_at=now,
        expires_at=now + timedelta(days=1),
    )


def _create_profile(connection: Connection, branch: OrgUnit, administrator: User) -> SyncProfile:
    entity = LegalEntity.objects.create(customer=branch.customer, org_unit=branch, name="Hillside Canada Inc.")
    return SyncProfile.objects.create(
        connection=connection,
        legal_entity=entity,
        requested_by=administrator,
        state=SyncProfile.State.APPROVED,
        decided_at=timezone.now(),
        first_synced_at=timezone.now(),
    )


def _create_test_bill(profile: SyncProfile) -> None:
    now = timezone.now()
    TestBill.objects.create(
        connection=profile.connection,
        profile=profile,
        position=1,
        number="BEANWORKS-TEST-20261129-1",
        control_id="test-bill-1",
        token_hash=LinkToken("known").hash,
        expires_at=now + timedelta(days=1),
        company_id="hillside",
        user_id="Beanworks",
        state="done",
        phase="stored",
        sent_at=now,
        record_no="17",
    )


def _create_syncs(profile: SyncProfile) -> dict[str, int]:
    now = timezone.now()
    run = SyncRun.objects.create(profile=profile, kind="full", state="done", result="complete", finished_at=now)
    list_run = ListRun.objects.create(run=run, position=1, slug="vendors", object="VENDOR", title="Vendors")
    item = ListItem.objects.create(
        profile=profile, list="vendors", key=1, code="1", fields={}, fingerprint=b"1", first_seen_at=now, changed_at=now
    )
    hold = Hold.objects.create(profile=profile, list="vendors", missing=1, inactive=0, total=1, found_at=now)
    schedule = Schedule.objects.create(profile=profile, days=[1], at="06:00", time_zone="America/Vancouver")
    return {
        "run_pk": run.pk,
        "list_run_pk": list_run.pk,
        "item_pk": item.pk,
        "hold_pk": hold.pk,
        "schedule_pk": schedule.pk,
    }


def _create_accounts(root: OrgUnit, users: dict[str, User]) -> dict[str, int]:
    administrator = users[Role.SYSTEM_ADMINISTRATOR]
    device = UserSession.objects.create(user=administrator, ip="127.0.0.1", session_key="elsewhere", user_agent="")
    invitation = Invitation.objects.create(
        email="new@example.com",
        name="New",
        customer=root.customer,
        home_org_unit=root,
        invited_by=administrator,
        token_hash="-",
        expires_at=timezone.now(),
    )
    api_key, _token = key_create(
        actor=users["support"],
        name="Payables",
        customer=None,
        scopes=list(Scope),
        expires_at=timezone.now() + timedelta(days=1),
    )
    unit = OrgUnit.objects.create(customer=root.customer, parent=root, name="Empty")
    planned = Import.objects.create(
        kind="invitations", customer=root.customer, created_by=users["system_administrator"], state="done"
    )
    cells = {"email": "imported@example.com", "name": "Imported", "roles": "PO Administrator"}
    ImportLine.objects.create(run=planned, number=1, cells=cells, plan="created")
    return {
        "device_pk": device.pk,
        "invitation_pk": invitation.pk,
        "key_pk": api_key.pk,
        "import_pk": planned.pk,
        "org_unit_pk": unit.pk,
        "user_pk": users["no_role"].pk,
    }


def _create_webhooks(root: OrgUnit, users: dict[str, User]) -> dict[str, int]:
    endpoint, _secret = endpoint_create(
        actor=users["support"],
        url="https://hooks.example.com/",
        description="Payables",
        event_types=EventType.values,
        customer=root.customer,
    )
    return {"endpoint_pk": endpoint.pk, "delivery_pk": endpoint_test(endpoint=endpoint, actor=None).pk}


def _create_notes(connection: Connection, users: dict[str, User]) -> dict[str, int]:
    success, address = users["customer_success"], users[Role.SYSTEM_ADMINISTRATOR].email
    view = SavedView.objects.create(user=success, name="Mine", query="whose=mine")
    note = Note.objects.create(connection=connection, author=success, text="Call in May.")
    email = Email.objects.create(kind="account", dedupe_key="1", address=address, language="en", subject="1", text="1")
    first, _second = CannedText.objects.bulk_create(
        CannedText(purpose="ask", position=position, english="Which books?", french="Quels livres?")
        for position in (101, 102)
    )
    notification = Notification.objects.create(
        user=users[Role.SYSTEM_ADMINISTRATOR],
        customer=connection.customer,
        kind="profile_approved",
        dedupe_key="1",
        text="1",
        link="/nowhere/",
    )
    return {
        "view_pk": view.pk,
        "note_pk": note.pk,
        "email_pk": email.pk,
        "notification_pk": notification.pk,
        "text_pk": first.pk,
    }


def _create_channel(users: dict[str, User]) -> Channel:
    return channel_create(
        actor=users["support"],
        name="Requests",
        team="support",
        service="slack",
        language="en",
        secret_url="https://hooks.example.com/secret",
        kinds=["request_waiting"],
    )


def _create_customer_data(root: OrgUnit, users: dict[str, User]) -> dict[str, int]:
    """An export of the administrator, and a deletion that support can confirm."""
    export = CustomerExport.objects.create(
        customer=root.customer,
        requested_by=users[Role.SYSTEM_ADMINISTRATOR],
        state="done",
        size=1,
        expires_at=timezone.now() + timedelta(days=1),
    )
    ExportPart.objects.create(export=export, number=0, data=b"1")
    deletion = CustomerDeletion.objects.create(
        customer_pk=root.customer.pk, customer_name="Hillside Foods", reason="1", requested_by=users["customer_success"]
    )
    return {"export_pk": export.pk, "deletion_pk": deletion.pk}


def guest_session(handover: int) -> str:
    """Return the session key of a browser that opened the handover's link."""
    session = Client().session
    session[OPENED] = Handover.objects.get(pk=handover).token_hash
    session.save()
    assert session.session_key
    return session.session_key
