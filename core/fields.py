"""Form fields for text, numbers and dates from outside. Limits come from the model: see `max_length_of`."""

from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from core import text

# PostgreSQL's bigint, which every key is.
LARGEST_KEY = 2**63 - 1
# Before any company used Intacct, and after anything that is planned.
EARLIEST_DAY, LATEST_DAY = date(2000, 1, 1), date(2100, 1, 1)


def max_length_of(model: type[models.Model], field: str) -> int:
    """How many characters the model's field holds."""
    limit: int | None = model._meta.get_field(field).max_length  # type: ignore[union-attr]
    if limit is None:
        raise ValueError(f"{model.__name__}.{field} has no max_length")
    return limit


class LineField(forms.CharField):
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


class EmailField(forms.EmailField):
    """An email address. Django's form field allows 320 characters, its model field 254."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 254, **kwargs})

    def to_python(self, value: Any) -> str:
        return text.clean_email(super().to_python(value) or "")


class KeyField(forms.Field):
    """The key of a row, or None."""

    default_error_messages: ClassVar = {"invalid": forms.IntegerField.default_error_messages["invalid"]}

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        key = text.bounded_int(str(value), 1, LARGEST_KEY)
        if key is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return key


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


class MomentField(forms.DateTimeField):
    """A date and time that has passed, in the reader's own time zone."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"type": "datetime-local", "min": f"{EARLIEST_DAY}T00:00"}
        widget = forms.DateTimeInput(attrs=attrs, format="%Y-%m-%dT%H:%M")
        super().__init__(**{"widget": widget, **kwargs})

    def validate(self, value: datetime | None) -> None:
        super().validate(value)
        if value and value.date() < EARLIEST_DAY:
            raise ValidationError(
                _("Choose a day from %(first)s on."), params={"first": date_format(EARLIEST_DAY)}, code="too_early"
            )
        if value and value > timezone.now():
            raise ValidationError(_("This lies in the future. Choose a moment that has passed."), code="future")
