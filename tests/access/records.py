"""One customer with an object for every address, and a user of each kind."""

from datetime import timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from accounts.models import Invitation, LegalEntity, OrgUnit, Role, RoleAssignment, User
from api.event_types import EventType
from api.keys import key_create
from api.scopes import Scope
from api.webhooks.endpoints import endpoint_create, endpoint_test
from core.tokens import LinkToken
from mail.models import Email
from operations.models import Note, SavedView
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
    entity = LegalEntity.objects.create(customer=root.customer, org_unit=branch, name="Hillside Canada Inc.")
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
    profile = SyncProfile.objects.create(
        connection=connection,
        legal_entity=entity,
        requested_by=administrator,
        state=SyncProfile.State.APPROVED,
        decided_at=timezone.now(),
        first_synced_at=timezone.now(),
    )
    now = timezone.now()
    TestBill.objects.create(
        connection=connection,
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
    handover = Handover.objects.create(
        connection=connection,
        name="Ida Intacct",
        email="ida@example.com",
        stages=[stage.slug for stage in handed_over_stages()],
        created_by=administrator,
        token_hash="0" * 64,
        opened_at=now,
        expires_at=now + timedelta(days=1),
    )
    run = SyncRun.objects.create(profile=profile, kind="full", state="done", result="complete", finished_at=now)
    list_run = ListRun.objects.create(run=run, position=1, slug="vendors", object="VENDOR", title="Vendors")
    item = ListItem.objects.create(
        profile=profile, list="vendors", key=1, code="1", fields={}, fingerprint=b"1", first_seen_at=now, changed_at=now
    )
    hold = Hold.objects.create(profile=profile, list="vendors", missing=1, inactive=0, total=1, found_at=now)
    schedule = Schedule.objects.create(profile=profile, days=[1], at="06:00", time_zone="America/Vancouver")
    device = UserSession.objects.create(user=administrator, ip="127.0.0.1", session_key="elsewhere", user_agent="")
    view = SavedView.objects.create(user=users["customer_success"], name="Mine", query="whose=mine")
    note = Note.objects.create(connection=connection, author=users["customer_success"], text="Call in May.")
    address = administrator.email
    email = Email.objects.create(kind="account", dedupe_key="1", address=address, language="en", subject="1", text="1")
    invitation = Invitation.objects.create(
        email="new@example.com",
        name="New",
        customer=root.customer,
        home_org_unit=root,
        invited_by=administrator,
        token_hash="-",
        expires_at=now,
    )
    api_key, _token = key_create(
        actor=users["support"], name="Payables", customer=None, scopes=list(Scope), expires_at=now + timedelta(days=1)
    )
    endpoint, _secret = endpoint_create(
        actor=users["support"],
        url="https://hooks.example.com/",
        description="Payables",
        event_types=EventType.values,
        customer=root.customer,
    )
    delivery = endpoint_test(endpoint=endpoint, actor=None)
    return {
        "pk": connection.pk,
        "key_pk": api_key.pk,
        "endpoint_pk": endpoint.pk,
        "delivery_pk": delivery.pk,
        "profile_pk": profile.pk,
        "run_pk": run.pk,
        "list_run_pk": list_run.pk,
        "item_pk": item.pk,
        "hold_pk": hold.pk,
        "schedule_pk": schedule.pk,
        "device_pk": device.pk,
        "view_pk": view.pk,
        "note_pk": note.pk,
        "email_pk": email.pk,
        "customer_pk": root.customer.pk,
        "invitation_pk": invitation.pk,
        "handover_pk": handover.pk,
    }


def guest_session(handover: int) -> str:
    """Return the session key of a browser that opened the handover's link."""
    session = Client().session
    session[OPENED] = Handover.objects.get(pk=handover).token_hash
    session.save()
    assert session.session_key
    return session.session_key
