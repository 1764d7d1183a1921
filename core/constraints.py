from collections.abc import Iterable

from django.db.models import CheckConstraint, Q


def known_value(name: str, field: str, values: Iterable[str], *, blank: bool = False) -> CheckConstraint:
    """The database takes no value of the field but its choices, whatever a form or a service let through."""
    known = [*values, ""] if blank else [*values]
    return CheckConstraint(condition=Q(**{f"{field}__in": known}), name=name)
