import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Customer, LegalEntity, OrgUnit, User
from core.leases import State
from intacct.secret import Secret
from intacct.transport import DELAYS
from tests.support.processes import wait_until
from tests.support.stack import Practice
from tests.support.users import signed_in_client
from wizard.models import Connection, SyncProfile, Verification
from wizard.verification.secrets import secret_store

from .company import Company

PASSWORD = "the API user's password"


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the pauses between attempts in this process. The transport's own tests check the real pauses."""
    monkeypatch.setattr("intacct.transport.DELAYS", (0.01,) * len(DELAYS))


@pytest.fixture
def connection(customer: Customer) -> Connection:
    connection = Connection.objects.create(
        customer=customer, company_id="NORTHWIND", user_id="Beanworks", credentials_saved_at=timezone.now(), level="top"
    )
    secret_store(connection=connection, field="password", secret=Secret(PASSWORD))
    mark_verified(connection)
    return connection


def mark_verified(connection: Connection) -> None:
    """Verify the connection just now, so that no sync verifies it again."""
    Verification.objects.create(connection=connection, state=State.DONE, finished_at=timezone.now())


def create_profile(connection: Connection, root: OrgUnit, name: str, entity_id: str = "") -> SyncProfile:
    unit = OrgUnit.objects.create(customer=connection.customer, parent=root, name=name)
    entity = LegalEntity.objects.create(customer=connection.customer, org_unit=unit, name=name)
    return SyncProfile.objects.create(
        connection=connection,
        legal_entity=entity,
        entity_id=entity_id,
        state=SyncProfile.State.APPROVED,
        decided_at=timezone.now(),
    )


@pytest.fixture
def client(administrator: User) -> Client:
    return signed_in_client(administrator)


@pytest.fixture
def profile(connection: Connection, root: OrgUnit) -> SyncProfile:
    return create_profile(connection, root, "Northwind US")


@pytest.fixture
def other_profile(connection: Connection, root: OrgUnit) -> SyncProfile:
    return create_profile(connection, root, "Northwind Canada", "200")


@pytest.fixture
def company(transactional_db: None, practice: Practice, profile: SyncProfile, administrator: User) -> Company:
    """A small practice company that was set up as the guide says. Two of its lists have several pages.

    A sync's threads see only what is committed: each asks whether the run was ended before it sends a request.
    """
    company = Company(practice, profile, administrator)
    company.free_slots()
    wait_until(lambda: not company.get("requests")["working"], "no earlier test's request is left")
    sizes = {"VENDOR": 4500, "COSTTYPE": 2100}
    dimensions = {"grant_program": "Grant program", "vehicle": "Vehicle"}
    practice.control("companies", id=company.id, scale=40, sizes=sizes, dimensions=dimensions)
    company.control("set-up", password=PASSWORD)
    company.learn_formatting()
    return company
