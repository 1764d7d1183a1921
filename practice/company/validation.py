"""A check of one input, shared by the screens."""

from collections.abc import Collection

from practice.company.parts import Refused


def check_choice(label: str, value: str, choices: Collection[str], field: str) -> None:
    """Raise Refused unless the value is one of the choices."""
    if value not in choices:
        raise Refused(f"{label}: select one of {', '.join(choices)}.", field)
