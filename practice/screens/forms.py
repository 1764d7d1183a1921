"""The forms of the screens. Labels are those of the connection guide."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms import BoundField

from intacct import catalogue
from practice import faults
from practice.company import ADMINISTRATOR_PASSWORD, Company, Refused, User
from practice.company.info import AUTHORIZATION_STATUSES
from practice.company.users import check_user
from practice.policies import ADMIN_PRIVILEGES, STATUSES, USER_TYPES
from practice.records.field_definitions import CUSTOM_TYPES

OBJECTS = {
    "APBILL": "AP Bill",
    "APBILLITEM": "AP Bill Detail",
    "APPYMT": "AP Payment",
    "CLASS": "Class",
    "CONTRACT": "Contract",
    "CUSTOMER": "Customer",
    "DEPARTMENT": "Department",
    "EMPLOYEE": "Employee",
    "ITEM": "Item",
    "LOCATION": "Location",
    "PROJECT": "Project",
    "TASK": "Task",
    "VENDOR": "Vendor",
    "WAREHOUSE": "Warehouse",
}
DATA_TYPES = sorted((*CUSTOM_TYPES, catalogue.CUSTOM_FIELD.data_type))
PERMISSION_TYPES = (("role", "Role-based"), ("user", "User-based"))
CURRENCIES = ("USD", "CAD", "GBP", "EUR", "AUD")
ONE_OR_SEVERAL = (("several", "Several"), ("one", "One"))


def as_choices(values: Iterable[str]) -> list[tuple[str, str]]:
    """Return choices whose labels equal their values."""
    return [(value, value) for value in values]


def text(label: str, longest: int = 80, **rest: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=longest, **rest)


def choice(label: str, choices: Iterable[str], **rest: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=as_choices(choices), **rest)


class Form(forms.Form):
    def __init__(self, *args: Any, **rest: Any) -> None:
        super().__init__(*args, **{"label_suffix": ""} | rest)


class CompanyForm(Form):
    company_id = text("Company ID", 40, help_text="Users enter it to sign in. It cannot be changed later.")
    name = text("Company name")
    entities = forms.ChoiceField(label="Entities", choices=ONE_OR_SEVERAL)
    currencies = forms.ChoiceField(label="Currencies", choices=ONE_OR_SEVERAL)
    permission_model = forms.ChoiceField(label="Permission type", choices=PERMISSION_TYPES)


class InfoForm(Form):
    name = text("Company name")
    permission_model = forms.ChoiceField(
        label="Permission type",
        choices=PERMISSION_TYPES,
        help_text="Role-based: users have the permissions of their roles. User-based: each has its own.",
    )


class MultiEntityForm(Form):
    top_level_only = forms.BooleanField(label="Restrict access to top level only", required=False)


class AuthorizationForm(Form):
    sender_id = text("Sender ID")
    description = text("Description", required=False)
    status = choice("Status", AUTHORIZATION_STATUSES)


class UserForm(Form):
    user_id = text("User ID", 40)
    last_name = text("Last Name", required=False)
    first_name = text("First Name", required=False)
    email = text("Email Address", 200, help_text="The password is sent to this address.")
    user_type = choice("User Type", USER_TYPES)
    admin_privileges = choice("Admin Privileges", ADMIN_PRIVILEGES)
    status = choice("Status", STATUSES)

    def __init__(self, company: Company, user: User | None, *args: Any) -> None:
        super().__init__(*args, initial=_values(user) if user else {})
        if user:
            self.fields["user_id"].disabled = True
            self.fields["email"].help_text = ""
        if company.multi_entity:
            self.fields["top_level"] = forms.BooleanField(label="Can work at the top level", required=False)
            self.fields["top_level"].initial = True
            self.fields["entities"] = forms.MultipleChoiceField(
                label="Entities",
                choices=[(entity.id, f"{entity.id} {entity.name}") for entity in company.entities],
                widget=forms.CheckboxSelectMultiple,
                required=False,
                help_text="If you select none, the user can access all of them.",
            )
        self._rows = [f"role_{at}" for at in range(len(user.roles) + 1 if user else 1)]
        if company.permission_model == "role":
            for at, name in enumerate(self._rows, 1):
                self.fields[name] = choice(f"Role {at}", ["", *company.roles], required=False)

    @property
    def information(self) -> list[BoundField]:
        return [bound_field for bound_field in self if bound_field.name not in self._rows]

    @property
    def role_rows(self) -> list[BoundField]:
        return [bound_field for bound_field in self if bound_field.name in self._rows]

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            try:
                check_user(User(self.cleaned_data["user_id"], **self.values()))
            except Refused as refused:
                self.add_error(refused.field, str(refused))
        return self.cleaned_data

    def values(self) -> dict[str, Any]:
        """Return the new values of the user. Roles stay unchanged if the form has none to choose."""
        given = {key: value for key, value in self.cleaned_data.items() if key not in (*self._rows, "user_id")}
        if self.role_rows:
            given["roles"] = [*dict.fromkeys(filter(None, map(self.cleaned_data.get, self._rows)))]
        return given


def _values(user: User) -> dict[str, Any]:
    return vars(user) | {f"role_{at}": name for at, name in enumerate(user.roles)}


class ConfirmForm(Form):
    """Asks for the administrator's own password."""

    password = forms.CharField(
        label="Your password",
        widget=forms.PasswordInput,
        help_text=f"Your own password, as the company’s administrator: {ADMINISTRATOR_PASSWORD}",
    )

    def __init__(self, expected: str, *args: Any) -> None:
        super().__init__(*args)
        self._expected = expected

    def clean_password(self) -> str:
        if self.cleaned_data["password"] != self._expected:
            raise forms.ValidationError("This is not your password. Nothing was changed.")
        return self._expected


class RoleForm(Form):
    name = text("Name")
    description = text("Description", required=False)


class FieldForm(Form):
    object = forms.ChoiceField(label="Object", choices=list(OBJECTS.items()))
    data_type = choice("Data Type", DATA_TYPES)
    label = text("Label", 40)
    field_id = text("Field ID", 40, help_text="Neither the field ID nor the data type can be changed later.")
    description = text("Description", 200, required=False)


class PackageForm(Form):
    package = forms.FileField(label="Package file", help_text="An XML file.")


class EntityForm(Form):
    entity_id = text("Entity ID", 20)
    name = text("Name")
    currency = choice("Currency", CURRENCIES)


class DimensionForm(Form):
    label = text("Label", 40)
    object_name = text("Object name", 80)


class FaultForm(Form):
    name = forms.ChoiceField(label="What goes wrong", choices=[(fault.name, fault.label) for fault in faults.ALL])
    calls = forms.IntegerField(
        label="For the next calls",
        min_value=1,
        max_value=100_000,
        required=False,
        help_text="If empty, the fault stays on until you turn it off.",
    )
    percent = forms.IntegerField(
        label="Share of the calls, in percent", min_value=1, max_value=100, initial=100, required=False
    )
    function = text("Only requests with the function", required=False, help_text="For example: query")
    object = text("Only the object", required=False, help_text="For example: VENDOR")
