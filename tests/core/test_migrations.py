"""The previous release goes on working on the new schema while a deployment is under way."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader

OURS = {"accounts", "audit", "core", "mail", "operations", "smartsync", "wizard"}


def columns_added() -> Iterator[tuple[str, "models.Field[Any, Any]"]]:
    """Every column that a table of ours got in a later migration, as it is now."""
    for (app, _), migration in MigrationLoader(None).disk_migrations.items():
        operations = migration.operations if app in OURS else []
        created = {made.name_lower for made in operations if isinstance(made, migrations.CreateModel)}

        for added in operations:
            if not isinstance(added, migrations.AddField) or added.model_name_lower in created:
                continue
            model = apps.all_models[app].get(added.model_name_lower)
            fields = {field.name: field for field in model._meta.local_fields} if model else {}
            if added.name in fields:
                yield f"{app}.{added.model_name}.{added.name}", fields[added.name]


def test_a_column_that_was_added_can_be_left_out_by_the_previous_release() -> None:
    wanting = [name for name, field in columns_added() if not field.null and field.db_default is models.NOT_PROVIDED]
    assert wanting == []
