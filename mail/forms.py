from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.fields import ChoicesField
from mail.kinds import kinds_for


class ChoicesForm(forms.Form):
    def __init__(self, person: User, data: Any = None) -> None:
        unwanted = set(person.opt_outs.values_list("kind", flat=True))
        kinds = kinds_for(person)
        super().__init__(data, initial={"wanted": [kind.slug for kind in kinds if kind.slug not in unwanted]})
        self.choosable = bool(kinds)
        choices = [(kind.slug, kind.title) for kind in kinds]
        self.fields["wanted"] = ChoicesField(
            label=_("Email me when"), choices=choices, widget=forms.CheckboxSelectMultiple, required=False
        )
