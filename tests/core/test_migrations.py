"""The previous release still works with the new schema during a deployment."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader

OURS = {"accounts", "api", "audit", "core", "mail", "operations", "smartsync", "wizard"}


def columns_added() -> Iterator[tuple[str, "models.Field[Any, Any]"]]:
    """Yield every column, in its current form, that was added to one of our tables after the table was created."""
    for (app, _), migration in MigrationLoader(None).disk_migrations.items():
        operations = migration.operations if app in OURS else []
        new_models = {operation.name_lower for operation in operations if isinstance(operation, migrations.CreateModel)}

        for operation in operations:
            if not isinstance(operation, migrations.AddField) or operation.model_name_lower in new_models:
                continue
            model = apps.all_models[app].get(operation.model_name_lower)
            fields = {field.name: field for field in model._meta.local_fields} if model else {}
            if operation.name in fields:
                yield f"{app}.{operation.model_name}.{operation.name}", fields[operation.name]


def test_a_column_that_was_added_can_be_left_out_by_the_previous_release() -> None:
    required = [name for name, field in columns_added() if not field.null and field.db_default is models.NOT_PROVIDED]
    assert required == []


@pytest.mark.django_db
def test_every_constraint_and_index_of_the_models_is_in_the_database() -> None:
    # Django drops every index of a column whose `db_index` ends, also those of partial unique constraints.
    missing = []
    for model in (model for app in OURS for model in apps.get_app_config(app).get_models()):
        with connection.cursor() as cursor:
            present = connection.introspection.get_constraints(cursor, model._meta.db_table)
        rules = [*model._meta.constraints, *model._meta.indexes]
        missing += [rule.name for rule in rules if rule.name not in present]

    assert missing == []
