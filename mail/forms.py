from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.stale_forms import EditForm
from core.fields import ChoicesField
from mail.kinds import choosable_kinds


class ChoicesForm(EditForm):
    def __init__(self, user: User, data: Any = None) -> None:
        unwanted = set(user.opt_outs.values_list("kind", flat=True))
        kinds = choosable_kinds(user)
        super().__init__(data, stored={"wanted": [kind.slug for kind in kinds if kind.slug not in unwanted]})
        self.choosable = bool(kinds)
        choices = [(kind.slug, kind.title) for kind in kinds]
        self.fields["wanted"] = ChoicesField(
            label=_("Email me when"), choices=choices, widget=forms.CheckboxSelectMultiple, required=False
        )
