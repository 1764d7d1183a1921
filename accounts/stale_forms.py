"""Forms of what several users may change at the same time: the second learns what the first saved."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django import forms
from django.utils.formats import localize
from django.utils.translation import gettext as _

from accounts.models import User
from core.fields import LARGEST_KEY
from core.isolated_text import Sentence
from core.text import bounded_int


class Changed(Exception):
    """Raised when a form was opened before another user changed what it shows."""


class VersionedForm(forms.Form):
    """A form that carries the version of what it was opened with. A missing version is an outdated one."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_version(self) -> int | None:
        return bounded_int(self.cleaned_data["version"], 0, LARGEST_KEY)

    def refuse(self, *, present: Mapping[str, Any], version: int, changed_by: User | None) -> None:
        """Show beside each field that differs what is saved now. Sent again, the form is accepted."""
        data: Any = self.data
        self.data = data.copy()
        self.data["version"] = str(version)  # type: ignore[index]
        for name, value in present.items():
            if self._differs(name, value):
                self.add_error(name, Sentence(_("Saved now: %(value)s"), {"value": self._shown(name, value)}))
        words = _("%(name)s changed this page while you were editing. Compare the values, then save again.")
        self.add_error(None, Sentence(words, {"name": changed_by.name if changed_by else _("Another user")}))

    def _differs(self, name: str, value: Any) -> bool:
        """Whether what was sent is another value than this one."""
        return bool(self.cleaned_data.get(name) != value)

    def _shown(self, name: str, value: Any) -> str:
        labels = dict(_flat(getattr(self.fields[name], "choices", ())))
        values = value if isinstance(value, list) else [value]
        return ", ".join(str(labels.get(each, localize(each))) for each in values if each not in ("", None)) or "–"


class EditForm(VersionedForm):
    """A form that changes a stored row. A hash of what is stored is its version, so the row needs no column for it.

    `stored`: the present values of fields, read in the transaction that saves the form. None: the form adds a row.
    """

    def __init__(self, *args: Any, stored: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        version = {} if stored is None else {"version": _version_of(stored)}
        super().__init__(*args, **{**kwargs, "initial": {**kwargs.get("initial", {}), **(stored or {}), **version}})
        self.stored = stored
        if stored is None:
            del self.fields["version"]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        sent = values.pop("version", None)
        if self.stored is not None and sent != (version := _version_of(self.stored)):
            self.refuse(present=self.stored, version=version, changed_by=None)
        return values

    def _differs(self, name: str, value: Any) -> bool:
        return name in self.changed_data


def _version_of(stored: Mapping[str, Any]) -> int:
    text = json.dumps(stored, default=str, sort_keys=True)
    return int.from_bytes(sha256(text.encode()).digest()[:7])


def _flat(choices: Any) -> Any:
    """Return the choices without their groups."""
    for value, label in choices:
        yield from label if isinstance(label, list | tuple) else [(value, label)]
