"""The product's own database role can add to the audit log and do nothing else with it."""

from collections.abc import Iterator

import pytest
from django.db import ProgrammingError, connection, transaction
from pytest_django.fixtures import Settings

from accounts.models import Customer
from audit.anchors import write_anchors
from audit.database_roles import grant_product_role
from audit.models import AuditEvent, AuditLink
from audit.services import event_record

from .test_chain import settle

pytestmark = pytest.mark.django_db
ROLE = "product_of_a_test"


@pytest.fixture
def as_product(settings: Settings) -> Iterator[None]:
    """Use the product's role, with rights that were granted twice, as by two migrations."""
    settings.PRODUCT_ROLE = ROLE
    event_record(action="board.downloaded", actor=None, customer_id=1)
    settle()
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE}")
        grant_product_role()
        grant_product_role()
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
        yield
        cursor.execute("RESET ROLE")


def test_the_product_adds_events_and_anchors(as_product: None) -> None:
    event_record(action="board.downloaded", actor=None, customer_id=1)
    settle()

    assert AuditLink.objects.filter(chain=1).count() == 2
    assert write_anchors() == 1


def test_the_product_works_with_other_tables(as_product: None) -> None:
    customer = Customer.objects.create(name="Northwind")
    customer.name = "Northwind Traders"
    customer.save()
    customer.delete()


@pytest.mark.parametrize("table", ["audit_auditevent", "audit_auditlink", "audit_auditanchor"])
@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE {} CASCADE",
        "DELETE FROM {}",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "ALTER TABLE {} OWNER TO CURRENT_USER",
        "DROP TABLE {} CASCADE",
        "CREATE TRIGGER mine BEFORE INSERT ON {} EXECUTE FUNCTION audit_event_is_insert_only()",
    ],
)
def test_the_product_cannot_change_the_log(as_product: None, statement: str, table: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
        execute(statement.format(table))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditevent SET actor_id = 99",
        "INSERT INTO audit_auditlink (event_id, chain, number, hash) VALUES (1, 1, 9, '')",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION audit_event_link() RETURNS trigger LANGUAGE sql AS 'SELECT NULL'",
        "DELETE FROM django_migrations",
    ],
)
def test_the_product_cannot_forge_the_log(as_product: None, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
        execute(statement)
    assert AuditEvent.objects.exists()


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
