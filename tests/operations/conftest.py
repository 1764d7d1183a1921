from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Customer, LegalEntity, OrgUnit, User
from smartsync.models import SyncRun
from wizard.models import Connection, Finding, StageProgress, SyncProfile, Verification
from wizard.services import connection_refresh, profile_record_sync_end

BOARD, INSIGHTS = reverse("operations:board"), reverse("operations:insights")
Make = Callable[..., Connection]

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(root: OrgUnit, administrator: User) -> Connection:
    """A verified connection in which one permission is missing."""
    intacct_connection = Connection.objects.create(
        customer=root.customer,
        created_by=administrator,
        company_id="hillside",
        user_id="Beanworks",
        permission_model="role",
        modules=[],
        level="top",
        credentials_saved_at=timezone.now(),
    )
    StageProgress.objects.create(
        connection=intacct_connection, stage="pre_checks", attested_at=timezone.now(), attested_by=administrator
    )
    verification = Verification.objects.create(connection=intacct_connection, state="done", finished_at=timezone.now())
    for position, slug in enumerate(("gateway", "company", "sign_in")):
        Finding.objects.create(
            verification=verification, check_slug=slug, stage="credentials", position=position, outcome="passed"
        )
    Finding.objects.create(
        verification=verification,
        check_slug="perm.vendors",
        stage="user_role",
        position=9,
        outcome="failed",
        cause="right_missing",
        facts={
            "permission": "Vendors",
            "module": "Accounts Payable",
            "rights": "List",
            "errorno": "BL03000130",
            "support_id": "Xy12",
        },
    )
    return intacct_connection


@pytest.fixture
def waiting(connection: Connection, root: OrgUnit, administrator: User) -> SyncProfile:
    unit = OrgUnit.objects.create(customer=root.customer, parent=root, name="Canada")
    legal_entity = LegalEntity.objects.create(customer=root.customer, org_unit=unit, name="Hillside Canada Inc.")
    return SyncProfile.objects.create(connection=connection, legal_entity=legal_entity, requested_by=administrator)


@pytest.fixture
def claimed(waiting: SyncProfile, support: User) -> SyncProfile:
    waiting.state, waiting.claimed_by, waiting.claimed_at = "claimed", support, timezone.now()
    waiting.save()
    return waiting


@pytest.fixture
def browser_of_sue(support: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(support)


@pytest.fixture
def browser_of_sam(other_support: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(other_support)


@pytest.fixture
def browser_of_cleo(success: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(success)


@pytest.fixture
def make(db: None) -> Make:
    """`make(name, days=…, manager=…, **fields)` creates a customer's connection that has been in its stage for that
    many days.
    """

    def connection(name: str, days: int = 0, manager: User | None = None, **fields: Any) -> Connection:
        customer = Customer.objects.create(name=name, success_manager=manager)
        since = timezone.now() - timedelta(days=days)
        return Connection.objects.create(customer=customer, stage_since=since, **fields)

    return connection


@pytest.fixture
def three(make: Make, success: User) -> None:
    orchard = make("Orchard", days=9, manager=success, stage="credentials", company_id="ORCH", must_act="sage")
    Connection.objects.filter(pk=orchard.pk).update(last_cause="sign_in_refused")
    make("Harbour", days=30, stage="sync_profile", must_act="beanworks", company_id="HARB")
    now = timezone.now()
    make("Meadow", days=2, stage="smart_sync", must_act="customer", broken_since=now, first_synced_at=now)


@pytest.fixture
def synced(make: Make) -> Callable[..., SyncProfile]:
    """`synced(connection, *results)` creates a profile in use, with syncs that had these results, oldest first."""

    def profile(connection: Connection, *results: str, place: str = "") -> SyncProfile:
        unit, _made = OrgUnit.objects.get_or_create(customer=connection.customer, parent=None, name="Root")
        branch = OrgUnit.objects.create(customer=connection.customer, parent=unit, name=f"Branch {place}")
        entity = LegalEntity.objects.create(customer=connection.customer, org_unit=branch, name=f"Inc. {place}")
        now = timezone.now()
        held = SyncProfile.objects.create(
            connection=connection, legal_entity=entity, entity_id=place, state="approved", decided_at=now
        )
        SyncProfile.objects.filter(pk=held.pk).update(first_synced_at=now)
        for result in results:
            SyncRun.objects.create(profile=held, kind="full", state="done", result=result, finished_at=now)
            if result != "canceled":
                profile_record_sync_end(profile=held, full=True, gaps=result != "complete")
        connection_refresh(connection=connection)
        return held

    return profile
