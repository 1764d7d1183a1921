from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.administration_forms import org_units_of
from accounts.models import ROOT_NAME, Customer, LegalEntity, OrgUnit, Role, User
from accounts.services.users import ADMINISTRATOR_BELOW_ROOT
from accounts.sign_in_forms import PASSWORD_HELP
from accounts.stale_forms import EditForm
from core.fields import ChoicesField, EmailField, NameField, RowField, SecretField, max_length_of
from core.text import fold_name
from core.time_zones import ZoneSelect, zone_choices


class ProfileForm(EditForm):
    name = NameField(
        label=_("Name"), max_length=max_length_of(User, "name"), widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("Used for pages and emails.")
    )
    time_zone = forms.ChoiceField(
        widget=ZoneSelect,
        label=_("Time zone"),
        choices=zone_choices,
        help_text=_("Times are shown in this time zone."),
    )

    @classmethod
    def stored_of(cls, user: User) -> dict[str, Any]:
        # A zone that this machine does not know is not in the list: saving the form would set the first one.
        return {"name": user.name, "language": user.language, "time_zone": user.zone.key}


class InviteForm(forms.Form):
    """A new user. Subclasses ask for the role."""

    name = NameField(
        label=_("Name"), max_length=max_length_of(User, "name"), widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    email = EmailField(label=_("Email address"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, initial="en")


class ColleagueForm(InviteForm):
    roles = ChoicesField(
        label=_("Roles"),
        choices=Role.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The permissions of all selected roles apply."),
    )
    home_org_unit = RowField(
        label=_("Home org unit"),
        queryset=OrgUnit.objects.none(),
        empty_label=None,
        help_text=_(
            "The user works with legal entities in or below this org unit. "
            "For a System Administrator, choose the Root Org Unit."
        ),
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[OrgUnit]", self.fields["home_org_unit"]).queryset = org_units_of(customer)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        home = data.get("home_org_unit")
        if home and not home.is_root and Role.SYSTEM_ADMINISTRATOR in data.get("roles", ()):
            self.add_error("home_org_unit", ADMINISTRATOR_BELOW_ROOT)
        return data


class StaffForm(InviteForm):
    kind = forms.ChoiceField(
        label=_("Team"), choices=[(kind.value, kind.label) for kind in User.Kind if kind != User.Kind.CUSTOMER]
    )


class CustomerForm(forms.Form):
    name = NameField(label=_("Customer"), max_length=max_length_of(Customer, "name"))
    legal_entity = NameField(
        label=_("First legal entity"),
        max_length=max_length_of(LegalEntity, "name"),
        help_text=_("The company whose books are connected first."),
    )
    time_zone = forms.ChoiceField(
        widget=ZoneSelect,
        label=_("Time zone"),
        choices=zone_choices,
        initial="America/Vancouver",
        help_text=_("The time zone of the legal entity."),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        initial="en",
        help_text=_("New users start with this language."),
    )

    def clean_legal_entity(self) -> str:
        """Refuse the root's name: the legal entity gets an org unit of its own name, beside the root's."""
        name: str = self.cleaned_data["legal_entity"]
        if fold_name(name) == fold_name(ROOT_NAME):
            raise ValidationError(_("The Root Org Unit already has this name. Choose another."))
        return name


class AcceptForm(forms.Form):
    """`invitation` names the invitation whose page was sent.

    The session knows only the link opened last, which may have been in another tab.
    """

    invitation = forms.CharField(widget=forms.HiddenInput, required=False)
    name = NameField(
        label=_("Your name"),
        max_length=max_length_of(User, "name"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = SecretField(
        label=_("Password"),
        help_text=PASSWORD_HELP,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        self.initial["invitation"] = email

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.pop("invitation", "") not in ("", self.email):
            raise ValidationError(
                _(
                    "You opened another invitation in this browser. "
                    "Open the link of this invitation again, then send the form."
                )
            )
        return data

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, User(email=self.email, name=self.cleaned_data.get("name", "")))
        return password
