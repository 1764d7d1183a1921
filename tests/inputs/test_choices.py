from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection, models

CHECKS = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass"
# Only our code writes these rows, and it writes many: a CHECK would slow down every insert.
WITHOUT_CHECK = {"AuditEvent.outcome", "ItemChange.kind", "SetAsideRecord.reason"}
OURS = {"accounts", "api", "audit", "mail", "operations", "smartsync", "wizard"}


def fields_with_choices() -> Iterator[models.Field]:  # type: ignore[type-arg]
    for model in apps.get_models():
        if model.__module__.partition(".")[0] in OURS:
            for field in model._meta.get_fields():
                if getattr(field, "choices", None) and str(field).partition(".")[2] not in WITHOUT_CHECK:
                    yield field  # type: ignore[misc]


@pytest.mark.parametrize("field", list(fields_with_choices()), ids=str)
def test_database_allows_only_the_choices_of_a_field(db: None, field: models.Field) -> None:  # type: ignore[type-arg]
    with connection.cursor() as cursor:
        cursor.execute(CHECKS, [field.model._meta.db_table])
        checks = [check for (check,) in cursor.fetchall() if f"({field.column})" in check]

    values = [str(value) for value, _label in field.flatchoices]
    assert any(all(f"'{value}'" in check for value in values) for check in checks)
