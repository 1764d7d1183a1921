"""A customer with rows in every table that a batch or a shared page reads."""

from dataclasses import dataclass
from datetime import time, timedelta

from django.utils import timezone

from accounts.models import Customer, Invitation, LegalEntity, OrgUnit, Role, RoleAssignment, User
from audit.services import event_record
from mail.models import Email
from smartsync.models import ItemChange, ListItem, ListRun, MissedRun, Schedule, SyncRun
from wizard.models import (
    Connection,
    Finding,
    Handover,
    Incident,
    Question,
    StageProgress,
    SyncProfile,
    Verification,
)
from wizard.stages import handed_over_stages


@dataclass(frozen=True)
class Company:
    """A customer in use: a schedule is due, and one piece of work of each kind waits."""

    customer: Customer
    administrator: User
    schedule: Schedule
    verification: Verification
    run: SyncRun
    email: Email


def make_company(name: str) -> Company:
    now = timezone.now()
    customer = Customer.objects.create(name=name)
    root = OrgUnit.objects.create(customer=customer, name=name)
    administrator = User.objects.create(
        email=f"ada@{name}.example", name="Ada", customer=customer, home_org_unit=root, time_zone="America/Vancouver"
    )
    RoleAssignment.objects.create(user=administrator, role=Role.SYSTEM_ADMINISTRATOR)
    Invitation.objects.create(
        email=f"new@{name}.example", name="New", customer=customer, home_org_unit=root, token_hash=name, expires_at=now
    )

    connection = _connection(customer, administrator, name)
    requested, approved = (_profile(connection, root, name) for name in ("asked", "approved"))
    SyncProfile.objects.filter(pk=requested.pk).update(state="requested", decided_at=None)
    Question.objects.create(profile=requested, asked_by=administrator, text="Which?")
    schedule = _schedule(approved, administrator)
    waiting = _profile(connection, root, "waiting")

    event_record(action="connection.started", actor=administrator, target=connection, customer_id=customer.pk)
    return Company(
        customer,
        administrator,
        schedule,
        Verification.objects.create(connection=connection),
        SyncRun.objects.create(profile=waiting, kind="full"),
        _email(administrator),
    )


def _connection(customer: Customer, administrator: User, name: str) -> Connection:
    """A connection whose sign-in failed, with a handover."""
    now = timezone.now()
    connection = Connection.objects.create(
        customer=customer,
        created_by=administrator,
        company_id=name,
        user_id="Beanworks",
        level="top",
        permission_model="role",
        several_entities=False,
        modules=[],
        credentials_saved_at=now - timedelta(days=2),
        next_check_at=now,
    )
    StageProgress.objects.create(
        connection=connection, stage="pre_checks", attested_at=now, attested_by=administrator, draft={"note": "1"}
    )
    Handover.objects.create(
        connection=connection,
        name="Ida",
        email=f"ida@{name}.example",
        stages=[stage.slug for stage in handed_over_stages()],
        created_by=administrator,
        token_hash=name,
        expires_at=now + timedelta(days=1),
    )
    done = Verification.objects.create(connection=connection, state="done", finished_at=now)
    Finding.objects.create(
        verification=done,
        check_slug="sign_in",
        stage="credentials",
        position=1,
        outcome="failed",
        cause="unknown",
    )
    Incident.objects.create(connection=connection, check_slug="sign_in", stage="credentials", cause="unknown")
    return connection


def _email(user: User) -> Email:
    return Email.objects.create(
        kind="profile_approved",
        dedupe_key="1",
        user=user,
        customer=user.customer,
        address=user.email,
        language="en",
        subject="1",
        text="1",
    )


def _profile(connection: Connection, root: OrgUnit, name: str) -> SyncProfile:
    unit = OrgUnit.objects.create(customer=root.customer, parent=root, name=name)
    entity = LegalEntity.objects.create(customer=root.customer, org_unit=unit, name=name)
    return SyncProfile.objects.create(
        connection=connection, legal_entity=entity, entity_id=name, state="approved", decided_at=timezone.now()
    )


def _schedule(profile: SyncProfile, administrator: User) -> Schedule:
    now = timezone.now()
    done = {"profile": profile, "state": "done", "result": "complete", "started_at": now, "finished_at": now}
    run = SyncRun.objects.create(kind="full", **done)
    SyncRun.objects.create(kind="partial", since=now, **done)
    list_run = ListRun.objects.create(
        run=run, position=1, slug="vendors", object="VENDOR", title="Vendors", state="failed", cause="unknown"
    )
    item = ListItem.objects.create(
        profile=profile, list="vendors", key=1, code="1", fields={}, fingerprint=b"1", first_seen_at=now, changed_at=now
    )
    ItemChange.objects.create(item=item, list_run=list_run, at=now, kind="changed", fields={})
    schedule = Schedule.objects.create(
        profile=profile,
        days=list(range(7)),
        at=time(6),
        time_zone="America/Vancouver",
        next_at=now,
        created_by=administrator,
    )
    MissedRun.objects.create(schedule=schedule, due_at=now - timedelta(days=1), reason="late")
    return schedule
