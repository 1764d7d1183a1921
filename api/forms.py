from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import Customer
from api.models import ApiKey
from api.scopes import Scope
from core.collation import Natural
from core.fields import ChoicesField, NameField, RowField, max_length_of

DAYS = (30, 90, 365)


class KeyForm(forms.Form):
    name = NameField(
        label=_("Name"),
        max_length=max_length_of(ApiKey, "name"),
        help_text=_("The service that uses the key. The audit log shows this name."),
    )
    customer = RowField(
        label=_("Customer"),
        queryset=Customer.objects.order_by(Natural("name")),
        required=False,
        empty_label=_("All customers"),
    )
    scopes = ChoicesField(
        label=_("Scopes"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Select only what the service needs."),
    )
    days = forms.TypedChoiceField(
        label=_("Works for"),
        choices=[(days, ngettext_lazy("%(days)s day", "%(days)s days", days) % {"days": days}) for days in DAYS],
        initial=90,
        coerce=int,
    )

    def key_fields(self) -> dict[str, Any]:
        """Return what the service needs to create the key."""
        fields = dict(self.cleaned_data)
        lifetime = timedelta(days=fields.pop("days"))
        return {**fields, "expires_at": timezone.now() + lifetime}
