"""The registry of tables with data of customers: what the export of a customer holds and what its deletion deletes.

Every app lists its tables in its module `customer_tables` and registers them when Django starts. A model from which
foreign keys lead to a customer and that is not registered fails `tests/operations/test_customer_tables.py`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import SET_NULL, BooleanField, F, Field, Func, JSONField, Model, Q, QuerySet, Value

Rows = QuerySet[Any]
# Secrets, their hashes, what only workers use, and copies that PostgreSQL computes.
HIDDEN = {
    *(
        "password",
        "token_hash",
        "previous_token_hash",
        "token_start",
        "session_key",
        "session_epoch",
        "envelope",
        "salt",
    ),
    *("commitments", "fingerprint", "name_folded"),
    *("lease_token", "lease_until", "attempts", "failures", "failure", "due_at", "dedupe_key"),
}


@dataclass(frozen=True)
class CustomerTable:
    """One table with rows of customers.

    path: the lookup from a row to the key of its customer; or a function that returns a customer's rows.
    is_exported: False for secrets, for what Beanworks notes for itself, and for what only programs use.
    exported: returns which of a customer's rows an export contains, if not all.
    before: models whose rows are needed to find these, and to which no foreign key leads.
    """

    model: type[Model]
    path: str | Callable[[int], Rows]
    is_exported: bool = True
    exported: Callable[[Rows], Rows] = lambda rows: rows
    before: tuple[type[Model], ...] = ()

    @property
    def name(self) -> str:
        """Return the name of the table in an export, such as "wizard_connection"."""
        return self.model._meta.db_table

    def rows(self, customer_pk: int) -> Rows:
        """Return the rows of one customer."""
        if callable(self.path):
            return self.path(customer_pk)
        return self.model._base_manager.filter(**{self.path: customer_pk})

    def exported_rows(self, customer_pk: int) -> Rows:
        """Return the rows of one customer that an export contains."""
        return self.exported(self.rows(customer_pk))

    def exported_fields(self) -> list["Field[Any, Any]"]:
        """Return the fields that an export contains: no secrets."""
        return [field for field in self.model._meta.concrete_fields if field.name not in HIDDEN]


TABLES: dict[type[Model], CustomerTable] = {}


def register_customer_tables(tables: Iterable[CustomerTable]) -> None:
    """Register an app's tables."""
    TABLES.update({table.model: table for table in tables})


def exported_tables() -> list[CustomerTable]:
    """Return the tables of an export, in the order of their names."""
    return sorted((table for table in TABLES.values() if table.is_exported), key=lambda table: table.name)


def deletion_order() -> list[CustomerTable]:
    """Return the tables so that no row is deleted before the rows that refer to it."""
    sorter: TopologicalSorter[type[Model]] = TopologicalSorter()
    for table in sorted(TABLES.values(), key=lambda table: table.name):
        sorter.add(table.model)
        for target in (*_targets(table.model), *table.before):
            sorter.add(target, table.model)
    return [TABLES[model] for model in sorter.static_order()]


def _targets(model: type[Model]) -> Iterator[type[Model]]:
    """Yield the registered models to which rows of this model refer, unless a deletion only clears the reference."""
    for field in model._meta.concrete_fields:
        target, reference = field.related_model, field.remote_field
        if target in TABLES and target is not model and reference and reference.on_delete is not SET_NULL:
            yield target


def count_rows(customer_pk: int, most: int | None = None) -> dict[str, int]:
    """Return how many rows of the customer each table has, by its name. Tables without any are left out.

    One query counts all tables. most: where the count of each table ends; by default, all rows are counted.
    """
    counts, values = [], []
    for table in deletion_order():
        with suppress(EmptyResultSet):
            sql, parameters = _keys_query(table, customer_pk, most)
            counts.append(f"SELECT %s, count(*) FROM ({sql}) AS found")  # noqa: S608 - Django wrote the SQL
            values += [table.name, *parameters]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(counts), values)
        return {name: count for name, count in sorted(cursor.fetchall()) if count}


def _keys_query(table: CustomerTable, customer_pk: int, most: int | None) -> tuple[str, Sequence[Any]]:
    """Return the SQL that finds at most so many rows of the customer, and its parameters."""
    if callable(table.path):
        return _write_keys_query(table, customer_pk, most)
    return _keys_sql(table, most), (customer_pk,)


@cache
def _keys_sql(table: CustomerTable, most: int | None) -> str:
    """Return the SQL for a table with a path, in which only the key of the customer differs.

    Django takes 13 ms to write it for all tables, a third of the page that shows the counts.
    """
    sql, (_customer_pk,) = _write_keys_query(table, 0, most)
    return sql


def _write_keys_query(table: CustomerTable, customer_pk: int, most: int | None) -> tuple[str, Sequence[Any]]:
    sql, parameters = table.rows(customer_pk).order_by().values("pk")[:most].query.sql_with_params()
    return sql, parameters


def holds_any(field: str, texts: Iterable[str]) -> Q:
    """Return the condition that a text in a JSON field, at any depth, equals one of these."""
    variables = Value({"texts": sorted(set(texts) - {""})}, output_field=JSONField())
    path = Value("$.** ? (@ == $texts[*])")
    return Q(Func(F(field), path, variables, function="jsonb_path_exists", output_field=BooleanField()))
