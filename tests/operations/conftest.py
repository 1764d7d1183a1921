from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import LegalEntity, OrgUnit, User
from wizard.models import Connection, Finding, StageProgress, SyncProfile, Verification

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
        check_slug="right:vendors",
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
