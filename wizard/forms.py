from typing import Any

from django import forms
from django.http import QueryDict

from wizard.models import Connection


class StageForm(forms.Form):
    """A stage's form. It starts from what is stored; what is typed is kept as a draft, but for passwords."""

    @classmethod
    def stored(cls, connection: Connection) -> dict[str, Any]:
        return {}

    def typed(self) -> dict[str, Any]:
        """Every value as it was typed, in JSON, secrets left out."""
        return {
            name: field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name))
            for name, field in self.fields.items()
            if not isinstance(field.widget, forms.PasswordInput)
        }


def as_posted(values: dict[str, list[str]]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, entries in values.items():
        data.setlist(name, entries)
    return data
