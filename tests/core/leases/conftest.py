import pytest
from django.utils import timezone

from accounts.models import Customer, OrgUnit
from intacct.secret import Secret
from wizard.models import Connection, SyncProfile
from wizard.verification.secrets import secret_store


@pytest.fixture
def connection(customer: Customer) -> Connection:
    """A connection whose gateway does not answer: nothing listens there."""
    connection = Connection.objects.create(
        customer=customer,
        company_id="NORTHWIND",
        user_id="Beanworks",
        credentials_saved_at=timezone.now(),
        level="top",
        permission_model="role",
        several_entities=False,
        modules=[],
    )
    secret_store(connection=connection, field="password", secret=Secret("the API user's password"))
    return connection


@pytest.fixture
def profile(connection: Connection, root: OrgUnit) -> SyncProfile:
    entity = connection.customer.legal_entities.create(org_unit=root, name="Northwind US")
    return SyncProfile.objects.create(
        connection=connection, legal_entity=entity, state=SyncProfile.State.APPROVED, decided_at=timezone.now()
    )
