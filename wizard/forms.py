from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import IdField, KnownChoicesField, LineField, max_length_of
from core.isolated_text import Sentence
from core.text import storable
from wizard.models import Connection

# Characters saved for a draft's field. More than any field accepts, so the form reports the limit before text is lost.
LONGEST_DRAFT = 5_000


class StageForm(forms.Form):
    """A stage's form. It starts from what is stored. What is typed is saved as a draft, except passwords."""

    @classmethod
    def stored(cls, connection: Connection) -> dict[str, Any]:
        return {}

    def typed(self) -> dict[str, Any]:
        """Return every value as it was typed, for JSON, without secrets."""
        return {
            name: _storable(field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name)))
            for name, field in self.fields.items()
            if not isinstance(field.widget, forms.PasswordInput)
        }


class TickForm(forms.Form):
    """The boxes that are checked now, and those that were checked on the loaded page."""

    ticked = KnownChoicesField(required=False)
    was = KnownChoicesField(required=False)

    def __init__(self, data: QueryDict, boxes: Sequence[str]) -> None:
        super().__init__(data)
        for name in self.fields:
            self.fields[name].choices = [(box, box) for box in boxes]  # type: ignore[attr-defined]
        self.full_clean()

    def changes(self) -> dict[str, bool]:
        """Only what this user changed. Other boxes of the page may be older than what another user has saved."""
        ticked = set(self.cleaned_data["ticked"])
        return {box: box in ticked for box in ticked ^ set(self.cleaned_data["was"])}


class CheckForm(forms.Form):
    """The step whose page requests a verification."""

    stage = LineField(required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.full_clean()

    @property
    def slug(self) -> str:
        return str(self.cleaned_data.get("stage", ""))


class ConfirmForm(CheckForm):
    """The checks that a user has looked at in Intacct, or whose confirmation they withdraw."""

    check = KnownChoicesField(required=False)
    withdraw = forms.BooleanField(required=False)

    def __init__(self, data: QueryDict, checks: Sequence[str]) -> None:
        super().__init__(data)
        self.fields["check"].choices = [(check, check) for check in checks]  # type: ignore[attr-defined]
        self.full_clean()


class DisconnectForm(forms.Form):
    """The company ID, typed by the user who disconnects it."""

    company_id = IdField(
        label=gettext_lazy("Company ID"),
        max_length=max_length_of(Connection, "company_id"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )

    def __init__(self, *args: Any, company_id: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = company_id
        self.fields["company_id"].help_text = Sentence(_("Enter %(company)s to confirm."), {"company": company_id})

    def clean_company_id(self) -> str:
        typed: str = self.cleaned_data["company_id"]
        # Intacct ignores the case of a company ID.
        if typed.casefold() != self.wanted.casefold():
            raise forms.ValidationError(_("This is not the company ID of this connection. Nothing was changed."))
        return typed


class UnlockedForm(CheckForm):
    """The refusal that the page showed, after which the Intacct user was unlocked."""

    refusal_shown = LineField(required=False)

    @property
    def refusal(self) -> str:
        return str(self.cleaned_data.get("refusal_shown", ""))


def _storable(value: Any) -> Any:
    """Make a draft's value safe to store, because no form has validated it yet."""
    if isinstance(value, list):
        return [_storable(part) for part in value]
    return storable(value)[:LONGEST_DRAFT] if isinstance(value, str) else value
