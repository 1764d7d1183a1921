"""Events from before personal values could be erased are sealed by the migration, and old anchors still fit."""

from collections.abc import Iterator
from dataclasses import asdict, replace

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from audit.anchors import Anchor, sign
from audit.erasure import audit_erase
from audit.models import AuditAnchor, AuditEvent, AuditLink
from tests.support.postgresql import PLACE, reconnect

pytestmark = pytest.mark.django_db(transaction=True)
DATABASE = "with_old_events"
EVENTS = """
INSERT INTO audit_auditevent
    (occurred_at, customer_id, actor_id, actor_name, action, target_type, target_id, outcome, metadata)
SELECT now(), nullif(number % 3, 0), nullif(number % 4, 0),
       CASE number % 4 WHEN 0 THEN 'Ida Intacct' WHEN 1 THEN 'Ada Root' ELSE 'Ada Root · Payables' END,
       'handover.created', '', NULL, 'success',
       jsonb_build_object('guest', 'Ida', 'number', number)
       || CASE WHEN number % 4 > 1 THEN '{"api_key": 5}'::jsonb ELSE '{}' END
FROM generate_series(1, 24) AS number
"""


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def migrate(name: str) -> None:
    MigrationExecutor(connection).migrate([("audit", name)])


def add_anchors() -> None:
    """Add anchors for the seventh event of each chain, as the former version did."""
    previous = ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT chain, number, hash FROM audit_auditlink WHERE number = 7 ORDER BY chain")
        places = cursor.fetchall()
    for sequence, (chain, number, end) in enumerate(places, 1):
        anchor = Anchor(sequence, "2026-11-01T00:00:00+00:00", chain, number, end, previous, "")
        previous = sign(anchor)
        AuditAnchor.objects.create(**asdict(replace(anchor, signature=previous)))


@pytest.fixture
def _old_events(transactional_db: None) -> Iterator[None]:
    """A database with events and anchors of the former version."""
    shared = {name: connection.settings_dict[name] for name in PLACE}
    execute(f"CREATE DATABASE {DATABASE}")
    reconnect(shared | {"NAME": DATABASE})
    try:
        migrate("0001_initial")
        execute(EVENTS)
        add_anchors()
        yield
    finally:
        reconnect(shared)
        execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


@pytest.mark.usefixtures("_old_events")
def test_old_events_verify_and_can_be_erased() -> None:
    migrate("0002_personal_values")

    assert AuditLink.objects.exclude(former_hash="").count() == 24
    assert set(AuditEvent._base_manager.values_list("personal__agent", flat=True)) == {None, "Payables", "Ida Intacct"}
    call_command("verify_audit")

    keys = AuditEvent._base_manager.filter(customer_id=1).values_list("pk", flat=True)
    assert audit_erase(list(keys), customer_id=1, actor_id=None, key=b"key") == 8
    call_command("verify_audit")


@pytest.mark.usefixtures("_old_events")
def test_process_of_the_previous_release_can_still_add_events() -> None:
    migrate("0002_personal_values")
    execute(EVENTS)

    assert set(AuditEvent._base_manager.values_list("personal__guest", "lasting__number")) == {
        ("Ida", number) for number in range(1, 25)
    }
    assert set(AuditEvent._base_manager.values_list("personal__agent", flat=True)) == {None, "Payables", "Ida Intacct"}
    call_command("verify_audit")


@pytest.mark.usefixtures("_old_events")
def test_broken_log_is_not_sealed() -> None:
    execute("ALTER TABLE audit_auditevent DISABLE TRIGGER USER")
    execute("UPDATE audit_auditevent SET actor_name = 'Eve' WHERE id = 9")
    execute("ALTER TABLE audit_auditevent ENABLE TRIGGER USER")

    with pytest.raises(DatabaseError, match="broken at event 9"):
        migrate("0002_personal_values")
