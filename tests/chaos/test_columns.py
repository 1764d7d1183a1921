"""Puts values that PostgreSQL stores and Python can hardly read into every column: all rows and pages stay readable.

Columns are taken from the models, so new ones are covered. Values that a constraint refuses are left out, since they
cannot occur. `test_poison` shows that other customers' work goes on. This module opens the pages of the rows.
"""

import logging
from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from pytest_django.fixtures import Settings

from tests.inputs.records import World

Field: TypeAlias = "models.Field[Any, Any]"

# In each round, every column has another of its values. No column accepts more values than there are rounds.
ROUNDS = 4
# By the start of the name of the column's type.
VALUES = {
    "timestamp": ("'0044-03-15 BC'", "'infinity'", "'294276-12-31'"),
    "date": ("'0044-03-15 BC'", "'infinity'", "'5874897-12-31'"),
    "time without": ("'24:00'",),
    "interval": ("'1000000000 days'", "'-1000000000 days'"),
    "numeric": ("'NaN'",),
    "double": ("'NaN'", "'Infinity'"),
    "json": (
        *("'null'", "'1'", "'\"x\"'", "'[]'", "'[1]'", "'[null]'", "'[[[1]]]'", "'[{\"a\": 1}]'", "'[\"x\"]'"),
        '\'{"entities": {"a": 1}, "dimensions": 1, "found": 1, "x": {"y": null}}\'',
        "'{}'",
        "'{\"a\": ' || repeat('9', 5000) || '}'",
        "'{\"a\": ' || repeat('[', 5000) || repeat(']', 5000) || '}'",
        *("repeat('9', 5000)", "repeat('[', 5000) || repeat(']', 5000)"),
    ),
    "array": ("array[array[{0}], array[{0}]]", "array[null]", "'{{}}'"),
}


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> World:
    settings.ACCOUNT_RATE_LIMITS = settings.MFA_RATE_LIMITS = False  # all requests come from one address
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)
    return World()


def columns() -> Iterator[Field]:
    for model in apps.get_models(include_auto_created=True):
        yield from model._meta.concrete_fields


def values_for(field: Field) -> Iterator[str]:
    type_ = field.db_type(connection) or ""
    if type_.endswith("[]"):
        choices = field.base_field.choices  # type: ignore[attr-defined]
        yield from (value.format(f"'{choices[0][0]}'" if choices else "1") for value in VALUES["array"])
        return
    for start, values in VALUES.items():
        if type_.startswith(start):
            yield from values


def write(field: Field, value: str) -> bool:
    """Write the value without any of our checks. Returns whether the database accepted it."""
    type_ = (field.db_type(connection) or "").partition("(")[0]
    table = field.model._meta.db_table
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # Without triggers, so that the audit log can be written to.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL session_replication_role = replica")
            cursor.execute(f'UPDATE "{table}" SET "{field.column}" = ({value})::{type_}')
            written: int = cursor.rowcount
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    except DatabaseError:
        return False
    return written > 0


def is_accepted(world: World, field: Field, value: str) -> bool:
    """Whether the database accepts the value. If it does, it must be readable too."""
    with world.undone():
        accepted = write(field, value)
        if accepted:
            list(field.model._base_manager.only(field.attname))
    return accepted


@pytest.mark.slow
def test_every_row_and_page_opens_with_every_value_the_database_accepts(world: World) -> None:
    accepted = {
        field: [value for value in values_for(field) if is_accepted(world, field, value)] for field in columns()
    }
    assert any(accepted.values())

    for number in range(ROUNDS):
        values = {field: choices[number] for field, choices in accepted.items() if len(choices) > number}
        with world.undone():
            assert all(write(field, value) for field, value in values.items())
            list(world.open_pages())
        assert not world.failures, "\n".join([str(values), *world.failures])
