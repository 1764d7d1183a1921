"""Forms with which customers, their parts and their users are administered."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, LegalEntity, OrgUnit, Role, User
from accounts.services.users import ADMINISTRATOR_BELOW_ROOT
from accounts.stale_forms import EditForm
from core.collation import Natural
from core.fields import (
    ChoicesField,
    EmailField,
    IdField,
    LineField,
    NameField,
    RowField,
    RowsField,
    TextField,
    max_length_of,
)
from core.text import clean_email
from core.time_zones import ZoneSelect, zone_choices


def org_units_of(customer: Customer) -> QuerySet[OrgUnit]:
    """Return the org units to choose from, the Root Org Unit first."""
    units = OrgUnit.objects.filter(customer=customer)
    return units.order_by(F("parent").asc(nulls_first=True), Natural("name"))


class ZoneForm(EditForm):
    """A form with a time zone. The stored one is offered in any case: saving the form would set another one."""

    time_zone = forms.ChoiceField(widget=ZoneSelect, label=_("Time zone"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = zone_choices(self.initial.get("time_zone", ""))
        cast("forms.ChoiceField", self.fields["time_zone"]).choices = choices


class CompanyForm(ZoneForm):
    """What a customer's own administrators change of it."""

    field_order: tuple[str, ...] = ("contact_name", "contact_email", "contact_phone", "language", "time_zone")

    contact_name = NameField(label=_("Contact"), required=False, max_length=max_length_of(Customer, "contact_name"))
    contact_email = EmailField(label=_("Email address of the contact"), required=False)
    contact_phone = LineField(
        label=_("Phone number of the contact"), required=False, max_length=max_length_of(Customer, "contact_phone")
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("New users start with this language.")
    )
    time_zone = forms.ChoiceField(
        widget=ZoneSelect, label=_("Time zone"), help_text=_("New legal entities start with this time zone.")
    )


class CustomerDetailsForm(CompanyForm):
    """What support changes of a customer."""

    field_order = ("name", "success_manager", "external_id", *CompanyForm.field_order)

    name = NameField(label=_("Customer"), max_length=max_length_of(Customer, "name"))
    success_manager = RowField(
        label=_("Customer success manager"),
        queryset=User.objects.filter(kind=User.Kind.CUSTOMER_SUCCESS, is_active=True).order_by(Natural("name")),
        required=False,
        empty_label=_("No one"),
    )
    external_id = IdField(
        label=_("External ID"),
        required=False,
        max_length=max_length_of(Customer, "external_id"),
        help_text=_("The ID that another service of Beanworks has for this customer."),
    )


class OrgUnitForm(EditForm):
    """`unit`: the one that is changed. The Root Org Unit has no place to choose."""

    name = NameField(label=_("Name"), max_length=max_length_of(OrgUnit, "name"))
    parent = RowField(label=_("Parent org unit"), queryset=OrgUnit.objects.none(), empty_label=None)

    def __init__(self, *args: Any, customer: Customer, unit: OrgUnit | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if unit and unit.is_root:
            del self.fields["parent"]
        else:
            places = org_units_of(customer).exclude(pk__in=[unit.pk] if unit else [])
            cast("forms.ModelChoiceField[OrgUnit]", self.fields["parent"]).queryset = places


class LegalEntityForm(ZoneForm):
    """`entity`: the one that is changed."""

    field_order = ("name", "parent", "time_zone")

    name = NameField(label=_("Name"), max_length=max_length_of(LegalEntity, "name"))
    parent = RowField(
        label=_("Parent org unit"),
        queryset=OrgUnit.objects.none(),
        empty_label=None,
        help_text=_("Users whose home org unit is this one, or one above it, can work with the legal entity."),
    )

    def __init__(self, *args: Any, customer: Customer, entity: LegalEntity | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = org_units_of(customer).exclude(pk__in=[entity.org_unit_id] if entity else [])
        cast("forms.ModelChoiceField[OrgUnit]", self.fields["parent"]).queryset = places


class ColleagueForm(EditForm):
    """A user of Beanworks."""

    name = NameField(label=_("Name"), max_length=max_length_of(User, "name"))
    kind = forms.ChoiceField(
        label=_("Team"), choices=[(kind.value, kind.label) for kind in User.Kind if kind != User.Kind.CUSTOMER]
    )


class CustomerUserForm(EditForm):
    """A user of a customer."""

    name = NameField(label=_("Name"), max_length=max_length_of(User, "name"))
    roles = ChoicesField(
        label=_("Roles"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The permissions of all selected roles apply."),
    )
    home_org_unit = RowField(
        label=_("Home org unit"),
        queryset=OrgUnit.objects.none(),
        empty_label=None,
        help_text=_("The user works with legal entities in or below this org unit."),
    )
    additional_org_units = RowsField(
        label=_("Additional org units"),
        queryset=OrgUnit.objects.none(),
        required=False,
        help_text=_("The user also works with legal entities in or below these."),
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("home_org_unit", "additional_org_units"):
            cast("forms.ModelChoiceField[OrgUnit]", self.fields[name]).queryset = org_units_of(customer)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        home = data.get("home_org_unit")
        changes = {"roles", "home_org_unit"} & set(self.changed_data)
        if changes and home and not home.is_root and Role.SYSTEM_ADMINISTRATOR in data.get("roles", ()):
            self.add_error("home_org_unit", ADMINISTRATOR_BELOW_ROOT)
        return data


class DeactivationForm(forms.Form):
    reason = TextField(
        label=_("Reason"),
        max_length=max_length_of(User, "deactivation_reason"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Shown to those who administer this user."),
    )


class TypedAddressForm(forms.Form):
    """Confirm an act by typing the address of the user whom it concerns."""

    email = LineField(
        label=_("Email address of the user"),
        max_length=max_length_of(User, "email"),
        help_text=_("Type it to confirm that you mean this user."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        email = clean_email(self.cleaned_data["email"])
        if email != self.user.email:
            raise ValidationError(_("This is not the email address of this user."))
        return email
