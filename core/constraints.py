from collections.abc import Iterable

from django.db.models import BooleanField, CharField, CheckConstraint, F, Func, IntegerField, Q, Value
from django.db.models.lookups import Exact

# Strict: else an array within the array is taken for its elements.
NO_ARRAY_OF = 'strict $ ? (@.type() != "array" || exists(@[*] ? (@.type() != "%s")))'


def known_value(name: str, field: str, values: Iterable[str], *, blank: bool = False) -> CheckConstraint:
    """The database takes no value of the field but its choices, whatever a form or a service let through."""
    known = [*values, ""] if blank else [*values]
    return CheckConstraint(condition=Q(**{f"{field}__in": known}), name=name)


def one_dimension(name: str, field: str) -> CheckConstraint:
    """The database takes only a plain list: every array column of PostgreSQL holds arrays of arrays as well."""
    # Of an empty array this is NULL, which a CHECK lets pass.
    dimensions = Func(F(field), function="array_ndims", output_field=IntegerField())
    return CheckConstraint(condition=Q(Exact(dimensions, Value(1))), name=name)


def json_object(name: str, field: str, *, type_of: str = "jsonb_typeof") -> CheckConstraint:
    """The database takes only a JSON object. What reads the field need not ask whether it has keys."""
    # A column that may be NULL stays so: a CHECK passes where it is neither true nor false.
    found = Func(F(field), function=type_of, output_field=CharField())
    return CheckConstraint(condition=Q(Exact(found, Value("object"))), name=name)


def json_texts(name: str, field: str) -> CheckConstraint:
    """The database takes only a JSON array of strings."""
    return CheckConstraint(condition=~holds_path(field, NO_ARRAY_OF % "string"), name=name)


def json_objects(name: str, field: str) -> CheckConstraint:
    """The database takes only a JSON array of objects."""
    return CheckConstraint(condition=~holds_path(field, NO_ARRAY_OF % "object"), name=name)


def holds_path(field: str, path: str) -> Q:
    """Whether the JSON path finds something in the field."""
    return Q(Func(F(field), Value(path), function="jsonb_path_exists", output_field=BooleanField()))
