import pytest
from django.utils import timezone

from accounts.models import Customer, LegalEntity, OrgUnit, User
from core.broker import broker
from tests.support.processes import wait_until
from tests.support.stack import Practice
from tests.wizard.practice_connection import PracticeConnection
from wizard.models import Connection, SyncProfile


@pytest.fixture
def legal_entity(customer: Customer, root: OrgUnit) -> LegalEntity:
    unit = OrgUnit.objects.create(customer=customer, name="Canada", parent=root)
    return LegalEntity.objects.create(customer=customer, org_unit=unit, name="Hillside Canada Inc.")


@pytest.fixture
def connection(customer: Customer, administrator: User) -> Connection:
    """A connection whose Pre-checks are answered."""
    return Connection.objects.create(
        customer=customer, created_by=administrator, permission_model="role", several_entities=True, modules=[]
    )


@pytest.fixture
def practice_connection(practice: Practice, connection: Connection, administrator: User) -> PracticeConnection:
    """A practice company that is completely set up as the guide describes."""
    practice_connection = PracticeConnection(practice, connection, administrator)
    practice_connection.free_slots()
    wait_until(lambda: not practice_connection.requests()["working"], "requests of earlier tests have ended")
    return practice_connection


@pytest.fixture
def in_use(practice_connection: PracticeConnection, legal_entity: LegalEntity) -> PracticeConnection:
    """A verified connection whose profile support has approved."""
    practice_connection.verify()
    SyncProfile.objects.create(
        connection=practice_connection.connection,
        legal_entity=legal_entity,
        state="approved",
        decided_at=timezone.now(),
    )
    return practice_connection


@pytest.fixture
def no_waits_between_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intacct.transport.DELAYS", (0.0,))


@pytest.fixture
def refused(in_use: PracticeConnection, no_waits_between_tries: None) -> PracticeConnection:
    """A connection in use whose password was changed in Intacct and refused. Sessions of other tests are deleted."""
    for key in broker().scan_iter("intacct-session:*"):
        broker().delete(key)
    in_use.control("", users={"Beanworks": {"password": "changed"}})
    in_use.verify_again()
    in_use.forget_requests()
    in_use.connection.refresh_from_db()
    return in_use
