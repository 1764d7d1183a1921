"""Rows that no release wrote do not stop a migration that adds constraints."""

from datetime import time

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from smartsync.models import ListRun, Schedule
from tests.chaos.records import make_company
from wizard.models import Connection

# Each test runs nine migrations, back and forth.
pytestmark = [pytest.mark.django_db, pytest.mark.slow]

BEFORE = [
    ("smartsync", "0011_deletion_guard"),
    ("wizard", "0014_database_defaults"),
    ("mail", "0003_work_ends"),
]
ODD_VALUES = (
    # Choices that do not exist.
    "UPDATE smartsync_syncrun SET state = 'x', result = 'x'",
    "UPDATE smartsync_listrun SET state = 'x', cause = ''",
    "UPDATE wizard_connection SET must_act = 'x'",
    "UPDATE wizard_finding SET outcome = 'x'",
    "UPDATE wizard_syncprofile SET state = 'x' WHERE state = 'approved'",
    "UPDATE wizard_verification SET state = 'x'",
    "UPDATE mail_mail SET state = 'x', trouble = 'x'",
    # Several values of one row.
    """UPDATE wizard_connection SET modules = '[1]', last_facts = '[]', company = '{"entities": {}}'""",
    "UPDATE smartsync_listrun SET fields = '{}', facts = '[]', warnings = '[1]'",
)


def migrate_with(*statements: str) -> None:
    """Migrate back to the schema without the constraints, run the statements, and migrate forward."""
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        MigrationExecutor(connection).migrate(BEFORE)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for statement in statements:
            cursor.execute(statement)
    MigrationExecutor(connection).migrate(latest)


def test_odd_values_do_not_stop_a_migration() -> None:
    make_company("odd")

    migrate_with(*ODD_VALUES)

    assert ListRun.objects.get().state == "failed"
    assert Connection.objects.get().company == {}


def test_schedules_that_become_equal_do_not_stop_a_migration() -> None:
    schedule = make_company("odd").schedule
    copy = (
        "INSERT INTO smartsync_schedule (profile_id, days, at, time_zone, created_at)"
        f" SELECT profile_id, %s, %s, time_zone, now() FROM smartsync_schedule WHERE id = {schedule.pk}"
    )

    odd = [("'{1,2}'", "'06:00'"), ("'{{1,2}}'", "'06:00'"), ("'{{2},{1}}'", "'06:00'"), ("'{1,2}'", "'24:00'")]
    migrate_with(*(copy % values for values in odd))

    repaired = Schedule.objects.exclude(pk=schedule.pk)
    assert {tuple(other.days) for other in repaired} == {(1, 2)}
    assert sorted(other.at.replace(microsecond=0) for other in repaired) == [time(6)] * 3 + [time(23, 59)]


def test_a_company_connected_twice_does_not_stop_a_migration() -> None:
    make_company("odd")

    # A copy of the row with all its current columns.
    copy = "jsonb_set(jsonb_set(to_jsonb(c), '{id}', '0'), '{company_id}', '\"ODD\"')"
    migrate_with(
        "INSERT INTO wizard_connection"
        f" SELECT copy.* FROM wizard_connection c, jsonb_populate_record(null::wizard_connection, {copy}) copy"
    )

    assert list(Connection.objects.order_by("-pk").values_list("company_id", flat=True)) == ["odd", ""]
