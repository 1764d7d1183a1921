import pytest
from django.utils import timezone

from accounts.models import Customer, LegalEntity, OrgUnit, Role, RoleAssignment, User
from intacct.secret import Secret
from intacct.transport import DELAYS
from leases import State
from tests.support.processes import wait_until
from tests.support.stack import Practice
from wizard.models import Connection, SyncProfile, Verification
from wizard.secrets import secret_store

from .company import Company

PASSWORD = "the API user's password"


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process. As many tries as ever; how long the pauses are is tested with the transport."""
    monkeypatch.setattr("intacct.transport.DELAYS", (0.01,) * len(DELAYS))


@pytest.fixture
def customer(db: None) -> Customer:
    return Customer.objects.create(name="Northwind")


@pytest.fixture
def root(customer: Customer) -> OrgUnit:
    return OrgUnit.objects.create(customer=customer, name="Northwind")


@pytest.fixture
def administrator(customer: Customer, root: OrgUnit) -> User:
    person = User.objects.create_user(
        email="ada@northwind.example", password="a long password", name="Ada", customer=customer, home_org_unit=root
    )
    RoleAssignment.objects.create(user=person, role=Role.SYSTEM_ADMINISTRATOR)
    return person


@pytest.fixture
def connection(customer: Customer) -> Connection:
    made = Connection.objects.create(
        customer=customer, company_id="NORTHWIND", user_id="Beanworks", credentials_at=timezone.now(), level="top"
    )
    secret_store(connection=made, field="password", secret=Secret(PASSWORD))
    just_verified(made)
    return made


def just_verified(connection: Connection) -> None:
    """So lately that no sync has it verified again."""
    Verification.objects.create(connection=connection, state=State.DONE, finished_at=timezone.now())


def approved(connection: Connection, root: OrgUnit, name: str, entity_id: str = "") -> SyncProfile:
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
def profile(connection: Connection, root: OrgUnit) -> SyncProfile:
    return approved(connection, root, "Northwind US")


@pytest.fixture
def other_profile(connection: Connection, root: OrgUnit) -> SyncProfile:
    return approved(connection, root, "Northwind Canada", "200")


@pytest.fixture
def company(practice: Practice, profile: SyncProfile, administrator: User) -> Company:
    """A small practice company in which the guide was followed to its end; two of its lists take several pages."""
    made = Company(practice, profile, administrator)
    made.free_places()
    wait_until(lambda: not made.get("requests")["working"], "no earlier test's request is left")
    sizes = {"VENDOR": 4500, "COSTTYPE": 2100}
    dimensions = {"grant_program": "Grant program", "vehicle": "Vehicle"}
    practice.control("companies", id=made.id, scale=40, sizes=sizes, dimensions=dimensions)
    made.control("set-up", password=PASSWORD)
    made.learn_formatting()
    return made
