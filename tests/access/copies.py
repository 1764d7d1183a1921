"""Adds copies of all rows, so that the lists of all pages get longer."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import date, time, timedelta
from graphlib import TopologicalSorter
from itertools import chain
from typing import Any
from uuid import UUID, uuid4

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import Error, transaction
from django.db.models import F, Field, Model, UniqueConstraint

from api.models import KeyUse, ReportedState
from core.models import KeyCanary
from smartsync.models import RecordStream

# Of these there is one in all, one for each user, key or connection, or one for each handover that is open.
SINGLE = {Authenticator, EmailAddress, KeyCanary, KeyUse, RecordStream, ReportedState}
LEFT_OUT = {ContentType, Permission, Session, *SINGLE}
LONG = 30
"""Characters of a hash."""
# How copies become unique: by values of their own, and by as few references to other copies as the database allows.
Way = Callable[[Mapping[str, Any], Mapping[str, Any]], Mapping[str, Any]]
WAYS: Sequence[Way] = (
    lambda values, references: values,
    lambda values, references: values or references,
    lambda values, references: references or values,
)


class Copies:
    """Copies the rows that exist now. Copies refer to what their originals refer to, where the database allows that."""

    def __init__(self) -> None:
        self.rows = {model: [*model._base_manager.order_by("pk")] for model in models()}
        self.keys: dict[tuple[Any, Any], dict[int, Any]] = {}
        """The keys of the copies by their number, by model and key of the row."""
        self.not_copied: set[str] = set()

    def add(self, numbers: Sequence[int]) -> None:
        """Add a copy of every row for each of the numbers, which no copies had before."""
        for model, rows in self.rows.items():
            copied = [row for row in rows if self._add_copies(row, numbers)]
            if rows and not copied:
                self.not_copied.add(model.__name__)

    def _add_copies(self, row: Model, numbers: Sequence[int]) -> bool:
        return any(self._insert(row, numbers, blank, way) for blank in (False, True) for way in WAYS)

    def _insert(self, row: Model, numbers: Sequence[int], blank: bool, way: Way) -> bool:
        copies = [copy_of(row, self._changes(row, number, blank, way)) for number in numbers]
        try:
            with transaction.atomic():
                type(row)._base_manager.bulk_create(copies)
        except Error:
            return False
        new = {number: copy.pk for number, copy in zip(numbers, copies, strict=True)}
        self.keys.setdefault((type(row), row.pk), {}).update(new)
        return True

    def _changes(self, row: Model, number: int, blank: bool, way: Way) -> dict[str, Any]:
        """Return what differs from the row. `blank`: whether empty texts must be unique too."""
        changes: dict[str, Any] = {}
        for fields in unique_together(row, blank):
            values, references = {}, {}
            for field in fields:
                value = getattr(row, field.attname)
                if not field.is_relation:
                    values[field.attname] = other_value(value, number)
                elif number in (copies := self.keys.get((field.related_model, value), {})):
                    references[field.attname] = copies[number]
            # Numbers and days first, because texts may be words of our own. One change for each constraint is enough.
            options = sorted(way(values, references).items(), key=lambda option: isinstance(option[1], str))
            changes |= dict(options[:1])
        return changes


def copy_of(row: Model, changes: Mapping[str, Any]) -> Model:
    new = copy(row)
    new._state, new.pk = copy(row._state), None
    new._state.adding = True
    for name, value in changes.items():
        setattr(new, name, value)
    return new


def other_value(value: Any, number: int) -> Any:
    if isinstance(value, UUID):
        return uuid4()
    if isinstance(value, str):
        # As long as before: some columns hold just so many characters.
        return f"{number:02}{value}"[: len(value)] if len(value) > LONG else f"{number:02}{value}"
    if isinstance(value, date):
        return value + timedelta(days=number)
    if isinstance(value, time):
        return value.replace(minute=number)
    return value + 1000 * number if type(value) is int else value


def models() -> Iterable[type[Model]]:
    """Return the models, each after those to which it refers."""
    sorter: TopologicalSorter[Any] = TopologicalSorter()
    for model in (model for model in apps.get_models() if model not in LEFT_OUT):
        targets = {field.related_model for field in model._meta.concrete_fields if field.is_relation and not field.null}
        sorter.add(model, *sorted(targets - LEFT_OUT - {model}, key=str))
    return sorter.static_order()


def unique_together(row: Model, blank: bool) -> Iterator[list["Field[Any, Any]"]]:
    """Yield the fields of each unique constraint that holds for the row."""
    meta = row._meta
    together = [[field.name] for field in meta.concrete_fields if field.unique and not field.primary_key]
    together += [[*names] for names in meta.unique_together]
    for constraint in meta.constraints:
        if isinstance(constraint, UniqueConstraint):
            together.append([*constraint.fields, *chain.from_iterable(map(columns, constraint.expressions))])
    for names in together:
        fields = [*chain.from_iterable(stored_fields(meta.get_field(name)) for name in names)]
        values = [getattr(row, field.attname) for field in fields]
        if None not in values and (blank or "" not in values):
            yield fields


def stored_fields(field: Any) -> list["Field[Any, Any]"]:
    """Return the field, or what PostgreSQL computes it from."""
    return [field.model._meta.get_field(name) for name in columns(field.expression)] if field.generated else [field]


def columns(expression: Any) -> Iterator[str]:
    if isinstance(expression, F):
        yield expression.name  # type: ignore[attr-defined]  # its stubs lack it
    else:
        yield from chain.from_iterable(map(columns, filter(None, expression.get_source_expressions())))
