"""Forms of what several users may change at the same time: the second learns what the first saved."""

from collections.abc import Mapping
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
            if self.cleaned_data.get(name) != value:
                self.add_error(name, Sentence(_("Saved now: %(value)s"), {"value": self._shown(name, value)}))
        words = _("%(name)s changed this page while you were editing. Compare the values, then save again.")
        self.add_error(None, Sentence(words, {"name": changed_by.name if changed_by else _("Another user")}))

    def _shown(self, name: str, value: Any) -> str:
        labels = dict(_flat(getattr(self.fields[name], "choices", ())))
        values = value if isinstance(value, list) else [value]
        return ", ".join(str(labels.get(each, localize(each))) for each in values if each not in ("", None)) or "–"


def _flat(choices: Any) -> Any:
    """Return the choices without their groups."""
    for value, label in choices:
        yield from label if isinstance(label, list | tuple) else [(value, label)]
