"""Form fields for text, numbers and dates from outside. Limits come from the model: see `max_length_of`."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from core import text

# PostgreSQL's bigint, which every key is.
LARGEST_KEY = 2**63 - 1
# Before any company used Intacct, and after anything that is planned.
EARLIEST_DAY, LATEST_DAY = date(2000, 1, 1), date(2999, 12, 31)


def max_length_of(model: type[models.Model], field: str) -> int:
    """How many characters the model's field holds."""
    limit: int | None = model._meta.get_field(field).max_length  # type: ignore[union-attr]
    if limit is None:
        raise ValueError(f"{model.__name__}.{field} has no max_length")
    return limit


# Written from left to right or from right to left, as its first letter is.
EITHER_WAY = {"dir": "auto"}


class _EitherWay(forms.Field):
    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | EITHER_WAY


class LineField(_EitherWay, forms.CharField):
    """One line of text."""

    clean_text = staticmethod(text.clean_line)

    def to_python(self, value: Any) -> str:
        # Stripped first: a line break at the end is an accident of copying.
        cleaned: str = super().to_python(value) or ""
        return self.clean_text(cleaned)


class TextField(LineField):
    """Text of several lines."""

    widget = forms.Textarea
    clean_text = staticmethod(text.clean_lines)


class NameField(LineField):
    """A name of a person, a company or a saved view."""

    clean_text = staticmethod(text.clean_name)


class IdField(LineField):
    """An identifier that another system compares character by character."""

    clean_text = staticmethod(text.clean_id)

    def validate(self, value: str) -> None:
        super().validate(value)
        text.refuse_look_alikes(value)


class SecretField(forms.CharField):
    """A password: never changed, never shown again."""

    widget = forms.PasswordInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"strip": False, "max_length": 1024, **kwargs})

    def to_python(self, value: Any) -> str:
        return text.clean_secret(super().to_python(value) or "")


class EmailField(_EitherWay, forms.EmailField):
    """An email address. Django's form field allows 320 characters, its model field 254."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 254, **kwargs})

    def to_python(self, value: Any) -> str:
        return text.clean_email(super().to_python(value) or "")


class RowField(_EitherWay, forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice among rows, which are shown by their names."""


class KeysField(forms.Field):
    """Keys of rows, as a list; what is no key of any row is left out."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[int]:
        keys = (text.bounded_int(str(key), 1, LARGEST_KEY) for key in value or ())
        return [key for key in keys if key is not None]


class ChoicesField(forms.MultipleChoiceField):
    """Several of the choices, each once, however often it was sent."""

    def clean(self, value: Any) -> list[str]:
        return list(dict.fromkeys(super().clean(value)))


class KnownChoicesField(forms.MultipleChoiceField):
    """Those of the values that are choices: a page that was open for long may send others as well."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[str]:
        return [choice for choice in super().to_python(value) if self.valid_value(choice)]


class JSONField(forms.JSONField):
    """JSON of any shape; Python refuses to read numbers of many digits and deep nesting."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (ValueError, RecursionError) as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": ""}) from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return super().bound_data(data, initial)
        except (ValueError, RecursionError):
            return None


class DayField(forms.DateField):
    """A day in the reader's own time zone, far enough from both ends of the calendar to compute with."""

    def __init__(self, *, earliest: date = EARLIEST_DAY, latest: date = LATEST_DAY, **kwargs: Any) -> None:
        limits = {"min": earliest.isoformat(), "max": latest.isoformat()}
        widget = forms.DateInput(attrs={"type": "date", **limits}, format="%Y-%m-%d")
        super().__init__(**{"widget": widget, **kwargs})
        self.earliest, self.latest = earliest, latest

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value and not self.earliest <= value <= self.latest:
            raise ValidationError(
                _("Choose a day between %(first)s and %(last)s."),
                params={"first": date_format(self.earliest), "last": date_format(self.latest)},
            )
