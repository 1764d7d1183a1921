"""Build CHECK constraints for the values of a column."""

from collections.abc import Iterable

from django.db.models import BooleanField, CharField, CheckConstraint, F, Func, IntegerField, Q, Value
from django.db.models.lookups import Exact

# "strict", because otherwise PostgreSQL replaces an inner array by its elements.
NO_ARRAY_OF = 'strict $ ? (@.type() != "array" || exists(@[*] ? (@.type() != "%s")))'


def known_value(name: str, field: str, values: Iterable[str], *, blank: bool = False) -> CheckConstraint:
    """Let the database accept only the choices of a field, even if a form or a service accepts another value."""
    known = [*values, ""] if blank else [*values]
    return CheckConstraint(condition=Q(**{f"{field}__in": known}), name=name)


def one_dimension(name: str, field: str) -> CheckConstraint:
    """Let the database accept only a plain list. A PostgreSQL array column also accepts arrays of arrays."""
    # NULL for an empty array. A CHECK accepts NULL.
    dimensions = Func(F(field), function="array_ndims", output_field=IntegerField())
    return CheckConstraint(condition=Q(Exact(dimensions, Value(1))), name=name)


def json_object(name: str, field: str, *, type_of: str = "jsonb_typeof") -> CheckConstraint:
    """Let the database accept only a JSON object, so that code that reads the field need not check this."""
    # NULL is still accepted in a nullable column: a CHECK fails only if its condition is false.
    json_type = Func(F(field), function=type_of, output_field=CharField())
    return CheckConstraint(condition=Q(Exact(json_type, Value("object"))), name=name)


def json_texts(name: str, field: str) -> CheckConstraint:
    """Let the database accept only a JSON array of strings."""
    return CheckConstraint(condition=~holds_path(field, NO_ARRAY_OF % "string"), name=name)


def json_known_texts(name: str, field: str, values: Iterable[str], *, prefix: str) -> CheckConstraint:
    """Let the database accept only a JSON array of strings that are known, or begin with the prefix.

    The values must not contain quotes.
    """
    known = " || ".join([f'@ starts with "{prefix}"', *(f'@ == "{value}"' for value in values)])
    # A comparison with something else than a string is unknown, so the type is tested separately.
    path = f'strict $ ? (@.type() != "array" || exists(@[*] ? (@.type() != "string" || !({known}))))'
    return CheckConstraint(condition=~holds_path(field, path), name=name)


def json_objects(name: str, field: str) -> CheckConstraint:
    """Let the database accept only a JSON array of objects."""
    return CheckConstraint(condition=~holds_path(field, NO_ARRAY_OF % "object"), name=name)


def holds_path(field: str, path: str) -> Q:
    """Return a condition: the JSON path matches something in the field."""
    return Q(Func(F(field), Value(path), function="jsonb_path_exists", output_field=BooleanField()))
