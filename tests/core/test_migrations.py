"""The previous release still works with the new schema during a deployment."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader

from scripts.releases import extract_previous_release
from tests.support.postgresql import run_program
from tests.support.stack import on_own_database

OURS = {"accounts", "api", "audit", "core", "mail", "operations", "smartsync", "wizard"}
# Tests of the previous release: it verifies a connection and reconnects it, and a worker syncs every list.
MAIN_JOB = (
    "tests/wizard/test_disconnecting.py::test_password_that_works_restores_everything",
    "tests/smartsync/test_worker.py::test_worker_does_a_run_from_its_message",
)


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


@pytest.mark.slow
@pytest.mark.django_db
def test_previous_release_does_its_main_job_with_the_new_tables(tmp_path: Path) -> None:
    extract_previous_release(tmp_path)

    with copied_database() as environment:
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", "--reuse-db", "-p", "no:cacheprovider", *MAIN_JOB],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    assert ended.returncode == 0, ended.stdout + ended.stderr


@contextmanager
def copied_database() -> Iterator[dict[str, str]]:
    """Yield the environment of tests whose database already is a copy of this one. They start their own broker."""
    own = connection.settings_dict
    name = f"{own['NAME']}_previous"
    run_program("psql", own, "-c", f"CREATE DATABASE test_{name}")
    try:
        run_program("psql", own | {"NAME": f"test_{name}"}, "--set=ON_ERROR_STOP=1", sent=run_program("pg_dump", own))
        environment = {key: value for key, value in on_own_database().items() if not key.startswith("PYTEST_")}
        # An import of `wsgi` by another test sets it. pytest-django then reads the settings before there is a broker.
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        environment["DATABASE_URL"] += "_previous"
        del environment["REDIS_URL"]
        yield environment
    finally:
        run_program("psql", own, "-c", f"DROP DATABASE test_{name} WITH (FORCE)")
