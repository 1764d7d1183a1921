from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Customer, LegalEntity, OrgUnit, Role, User
from tests.support.users import create_user
from wizard.models import Connection, Finding, StageProgress, SyncProfile, Verification

PASSED_SIGN_IN = ("gateway", "sender", "company", "sign_in")
STAGE_OF = {"gateway": "credentials", "sender": "sender_id", "company": "credentials", "sign_in": "credentials"}
ENTITIES = [
    {"id": "100", "name": "Hillside Canada", "currency": "CAD"},
    {"id": "200", "name": "Hillside West", "currency": "USD"},
]

pytestmark = pytest.mark.django_db


@pytest.fixture
def legal_entity(customer: Customer, branch: OrgUnit) -> LegalEntity:
    return LegalEntity.objects.create(customer=customer, org_unit=branch, name="Hillside Canada Inc.")


@pytest.fixture
def invoice_administrator(customer: Customer, root: OrgUnit) -> User:
    return create_user("Ivy Invoice", Role.INVOICE_ADMINISTRATOR, home=root)


@pytest.fixture
def connection(customer: Customer, administrator: User, legal_entity: LegalEntity) -> Connection:
    return Connection.objects.create(customer=customer, created_by=administrator)


@pytest.fixture
def answered(connection: Connection, administrator: User) -> Connection:
    """A connection whose Pre-checks are answered."""
    connection.permission_model, connection.several_entities = "role", True
    connection.modules = ["cash-management", "projects"]
    connection.save()
    StageProgress.objects.create(
        connection=connection, stage="pre_checks", attested_at=timezone.now(), attested_by=administrator
    )
    return connection


@pytest.fixture
def make_verification(answered: Connection) -> Callable[..., Verification]:
    """`make_verification(failed={slug: cause}, passed=(…))` saves credentials and a verification with findings."""

    def make(failed: dict[str, str] | None = None, passed: tuple[str, ...] = PASSED_SIGN_IN) -> Verification:
        answered.company_id, answered.user_id = "hillside", "Beanworks"
        answered.credentials_saved_at = answered.credentials_saved_at or timezone.now()
        answered.company = {"entities": ENTITIES}
        answered.save()
        verification = Verification.objects.create(connection=answered, state="done", finished_at=timezone.now())
        outcomes = [(slug, "passed", "") for slug in passed] + [
            (slug, "failed", cause) for slug, cause in (failed or {}).items()
        ]
        for position, (slug, outcome, cause) in enumerate(outcomes):
            Finding.objects.create(
                verification=verification,
                check_slug=slug,
                stage=STAGE_OF.get(slug, "user_role"),
                position=position,
                outcome=outcome,
                cause=cause,
            )
        return verification

    return make


@pytest.fixture
def verified(make_verification: Callable[..., Verification], answered: Connection) -> Connection:
    """A connection whose sign-in works and whose level is chosen."""
    make_verification()
    answered.level = "top"
    answered.save()
    return answered


@pytest.fixture
def waiting(verified: Connection, legal_entity: LegalEntity, administrator: User) -> SyncProfile:
    return SyncProfile.objects.create(connection=verified, legal_entity=legal_entity, requested_by=administrator)


@pytest.fixture
def browser_of_ada(administrator: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(administrator)
