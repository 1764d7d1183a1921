from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Customer
from accounts.stale_forms import VersionedForm
from api.event_types import EventType
from api.models import ApiKey, WebhookEndpoint
from api.scopes import Scope
from core.fields import ChoicesField, LineField, NameField, max_length_of
from core.outgoing.addresses import clean_url
from core.text import fold_name

DAYS = (30, 90, 365)


class CustomerField(NameField):
    """Take a customer by its name, or none. A list of ten thousand customers to choose from is half a second of CPU."""

    def clean(self, value: Any) -> Customer | None:
        name = super().clean(value)
        if not name:
            return None
        if customer := Customer.objects.filter(name_folded=fold_name(name)).first():
            return customer
        raise forms.ValidationError(_("There is no customer with this name. Copy the name from the list of customers."))


def _customer_field() -> CustomerField:
    return CustomerField(
        label=_("Customer"),
        max_length=max_length_of(Customer, "name"),
        required=False,
        help_text=_("Its name, as in the list of customers. Without a name, it is for all customers."),
    )


def _lifetimes() -> list[tuple[int, str]]:
    """Return the choices in words of the active language. With its number, a lazy text is written at once."""
    return [(days, ngettext("%(days)s day", "%(days)s days", days) % {"days": days}) for days in DAYS]


class KeyForm(forms.Form):
    name = NameField(
        label=_("Name"),
        max_length=max_length_of(ApiKey, "name"),
        help_text=_("The service that uses the key. The audit log shows this name."),
    )
    customer = _customer_field()
    scopes = ChoicesField(
        label=_("Scopes"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Select only what the service needs."),
    )
    days = forms.TypedChoiceField(
        label=_("Works for"),
        choices=_lifetimes,
        initial=90,
        coerce=int,
    )

    def key_fields(self) -> dict[str, Any]:
        """Return what the service needs to create the key."""
        fields = dict(self.cleaned_data)
        lifetime = timedelta(days=fields.pop("days"))
        return {**fields, "expires_at": timezone.now() + lifetime}


class EndpointFields(forms.Form):
    """What can be changed of an endpoint. Its customer cannot: what it got before stays what it may know."""

    url = LineField(
        label=_("URL"),
        max_length=max_length_of(WebhookEndpoint, "url"),
        widget=forms.URLInput,
        help_text=_("Where the service receives events, such as https://example.com/webhooks."),
    )
    description = NameField(
        label=_("Name"),
        max_length=max_length_of(WebhookEndpoint, "description"),
        help_text=_("The service that receives the events."),
    )
    event_types = ChoicesField(
        label=_("Events"),
        choices=EventType.choices,
        initial=EventType.values,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean_url(self) -> str:
        return clean_url(self.cleaned_data["url"])


class EndpointChangeForm(EndpointFields, VersionedForm):
    pass


class EndpointForm(EndpointFields):
    customer = _customer_field()
    field_order = ("url", "description", "customer", "event_types")
