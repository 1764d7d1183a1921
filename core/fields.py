"""Provide form fields for text, numbers and dates from users. Limits come from the model: see `max_length_of`."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.models import ModelChoiceIterator
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from core import text
from core.isolated_text import isolate

# The largest bigint of PostgreSQL, the type of every key.
LARGEST_KEY = 2**63 - 1
# Earlier than any company used Intacct, and later than anything that is planned.
EARLIEST_DAY, LATEST_DAY = date(2000, 1, 1), date(2999, 12, 31)


def max_length_of(model: type[models.Model], field: str) -> int:
    """Return how many characters the model's field holds. Raises ValueError if it has no limit."""
    limit: int | None = model._meta.get_field(field).max_length  # type: ignore[union-attr]
    if limit is None:
        raise ValueError(f"{model.__name__}.{field} has no max_length")
    return limit


# The browser writes it from left to right or from right to left, depending on its first letter.
EITHER_WAY = {"dir": "auto"}


class _EitherWay(forms.Field):
    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | EITHER_WAY


class LineField(_EitherWay, forms.CharField):
    """Take one line of text."""

    clean_text = staticmethod(text.clean_line)

    def to_python(self, value: Any) -> str:
        # Stripped before it is checked, because copied text often ends with a line break.
        cleaned: str = super().to_python(value) or ""
        return self.clean_text(cleaned)


class TextField(LineField):
    """Take text of several lines."""

    widget = forms.Textarea
    clean_text = staticmethod(text.clean_lines)


class NameField(LineField):
    """Take the name of a user, a company or a saved view."""

    clean_text = staticmethod(text.clean_name)


class IdField(LineField):
    """Take an identifier that another system compares character by character."""

    clean_text = staticmethod(text.clean_id)

    def validate(self, value: str) -> None:
        super().validate(value)
        text.refuse_look_alikes(value)


class SecretField(forms.CharField):
    """Take a password. It is never changed and never shown again."""

    widget = forms.PasswordInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"strip": False, "max_length": 1024, **kwargs})

    def to_python(self, value: Any) -> str:
        return text.clean_secret(super().to_python(value) or "")


class EmailField(_EitherWay, forms.EmailField):
    """Take an email address. Django's form field allows 320 characters, but its model field only 254."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 254, **kwargs})

    def to_python(self, value: Any) -> str:
        return text.clean_email(super().to_python(value) or "")


class _RowsAtOnce(ModelChoiceIterator):  # type: ignore[type-arg]
    """Read all rows at once. Django's own class opens a cursor for them, which takes three queries."""

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        for row in self.queryset:
            yield self.choice(row)


class RowField(_EitherWay, forms.ModelChoiceField):  # type: ignore[type-arg]
    """Choose one of several rows, shown by their names."""

    iterator = _RowsAtOnce


class RowsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Choose several rows by boxes, shown by their names."""

    widget = forms.CheckboxSelectMultiple
    iterator = _RowsAtOnce

    def label_from_instance(self, obj: models.Model) -> str:
        return isolate(obj)


class KeysField(forms.Field):
    """Take keys of rows, as a list. Values that cannot be a key are left out."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[int]:
        keys = (text.bounded_int(str(key), 1, LARGEST_KEY) for key in value or ())
        return [key for key in keys if key is not None]


# For check boxes if none is selected. “This field is required” does not say what to do.
CHOOSE_ONE = {"required": _("Choose at least one.")}


class ChoicesField(forms.MultipleChoiceField):
    """Choose several values. A value that was sent more than once counts once."""

    default_error_messages = CHOOSE_ONE  # type: ignore[assignment]

    def clean(self, value: Any) -> list[str]:
        return list(dict.fromkeys(super().clean(value)))


class KnownChoicesField(forms.MultipleChoiceField):
    """Choose several values, and ignore unknown ones, which a page that was open for a long time may send."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[str]:
        return [choice for choice in super().to_python(value) if self.valid_value(choice)]


class JSONField(forms.JSONField):
    """Take any JSON. JSON that Python refuses to read (very long numbers, deep nesting) is invalid."""

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
    """Take a day in the user's time zone, within limits that leave room for calculations with Python's dates."""

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
