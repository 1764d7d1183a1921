"""What a line of each kind of file holds, and what it does."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import services
from accounts.external_ids import LENGTH
from accounts.models import Customer, Import, ImportLine, Invitation, LegalEntity, OrgUnit, Role, User
from accounts.services.customers import set_fields
from core.errors import Refused
from core.fields import EmailField, LineField, NameField
from core.isolated_text import Sentence
from core.text import fold_name
from core.time_zones import zone_names

Outcome = ImportLine.Outcome
Result = tuple[Outcome, dict[str, Any]]
YES_OR_NO = [(word, word) for word in ("yes", "no")]
ZONES = [(name, name) for name in zone_names()]
NO_ZONE = {"invalid_choice": gettext_lazy("There is no time zone %(value)s. Write it as in America/Toronto.")}
NO_LANGUAGE = {"invalid_choice": gettext_lazy("There is no language %(value)s. Write en or fr-ca.")}
NOT_YES_OR_NO = {"invalid_choice": gettext_lazy("Write yes or no.")}


class _LineForm(forms.Form):
    customer = NameField(max_length=120, required=False)
    customer_external_id = LineField(max_length=LENGTH, required=False)

    def given(self, *names: str) -> dict[str, Any]:
        """Return what the line has in these cells. An empty cell changes nothing."""
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name) not in ("", None, [])}


class CustomerLine(_LineForm):
    customer = NameField(max_length=120)
    first_legal_entity = NameField(max_length=120, required=False)
    time_zone = forms.ChoiceField(choices=ZONES, required=False, error_messages=NO_ZONE)
    language = forms.ChoiceField(choices=settings.LANGUAGES, required=False, error_messages=NO_LANGUAGE)
    contact_name = NameField(max_length=120, required=False)
    contact_email = EmailField(required=False)
    contact_phone = LineField(max_length=40, required=False)
    success_manager_email = EmailField(required=False)


class LegalEntityLine(_LineForm):
    legal_entity = NameField(max_length=120)
    external_id = LineField(max_length=LENGTH, required=False)
    below_org_unit = NameField(max_length=120, required=False)
    time_zone = forms.ChoiceField(choices=ZONES, required=False, error_messages=NO_ZONE)
    closed = forms.ChoiceField(choices=YES_OR_NO, required=False, error_messages=NOT_YES_OR_NO)


class UserLine(_LineForm):
    email = EmailField()
    name = NameField(max_length=120)
    external_id = LineField(max_length=LENGTH, required=False)
    roles = LineField(max_length=200, required=False)
    home_org_unit = NameField(max_length=120, required=False)
    language = forms.ChoiceField(choices=settings.LANGUAGES, required=False, error_messages=NO_LANGUAGE)

    def clean_roles(self) -> list[str]:
        """Read roles by their names or labels, separated by "|" or "+"."""
        names = [name.strip() for name in self.cleaned_data["roles"].replace("+", "|").split("|") if name.strip()]
        known = {fold_name(name): value for value, label in Role.choices for name in (value, str(label))}
        if unknown := [name for name in names if fold_name(name) not in known]:
            words = _("There is no role %(role)s. Choose from: %(roles)s.")
            raise forms.ValidationError(words, params={"role": unknown[0], "roles": ", ".join(map(str, Role.labels))})
        return sorted({known[fold_name(name)] for name in names})


class InvitationLine(UserLine):
    """What is typed about a user to invite. The customer and the language are those of the import."""

    customer = customer_external_id = external_id = language = None  # type: ignore[assignment]  # Django removes these
    email = EmailField(label=gettext_lazy("Email address"))
    name = NameField(label=gettext_lazy("Name"), max_length=120)
    roles = LineField(label=gettext_lazy("Roles"), max_length=200)
    home_org_unit = NameField(label=gettext_lazy("Home org unit"), max_length=120, required=False)


def errors_of(line: _LineForm) -> Iterator[str]:
    """Return what is wrong in each cell, named by its heading in the file. Typed lines have no headings, but labels."""
    for name, errors in line.errors.items():
        yield _("%(label)s: %(text)s") % {"label": line.fields[name].label or name, "text": errors[0]}


def save_customer(line: CustomerLine, run: Import) -> Result:
    new = line.given("time_zone", "language", "contact_name", "contact_email", "contact_phone")
    if external_id := line.cleaned_data["customer_external_id"]:
        new["external_id"] = external_id
    if email := line.cleaned_data["success_manager_email"]:
        new["success_manager"] = _success_manager(email)
    customer = _customer(line)
    if customer:
        return _change(customer, new | {"name": line.cleaned_data["customer"]}, services.part_change, "part", run)

    entity = line.cleaned_data["first_legal_entity"]
    if not entity:
        raise Refused(_("A new customer needs a first_legal_entity."))
    if fold_name(entity) == fold_name("Root Org Unit"):
        raise Refused(_("The Root Org Unit already has this name. Choose another."))
    zone = new.pop("time_zone", "America/Vancouver")
    name = line.cleaned_data["customer"]
    services.customer_create(actor=run.created_by, name=name, legal_entity=entity, time_zone=zone, **new)
    return Outcome.CREATED, {}


def save_legal_entity(line: LegalEntityLine, run: Import) -> Result:
    customer = _known_customer(line)
    data = line.cleaned_data
    new = {"name": data["legal_entity"], **line.given("external_id", "time_zone")}
    parent = _org_unit(customer, data["below_org_unit"])
    entity = _find(LegalEntity.objects.filter(customer=customer), data["external_id"], data["legal_entity"])
    if entity is None:
        root = OrgUnit.objects.get(customer=customer, parent=None)
        entity = services.legal_entity_create(parent=parent or root, actor=run.created_by, **new)
        _set_closed(entity, data["closed"], run)
        return Outcome.CREATED, {}

    changes = set_fields(LegalEntity.objects.get(pk=entity.pk), new)
    if parent and parent.pk not in (entity.org_unit.parent_id, entity.org_unit_id):
        changes["below_org_unit"] = [str(entity.org_unit.parent), parent.name]
    else:
        parent = None
    services.legal_entity_change(entity=entity, actor=run.created_by, parent=parent, **new)
    changes |= _set_closed(entity, data["closed"], run)
    return (Outcome.CHANGED if changes else Outcome.UNCHANGED), changes


def _set_closed(entity: LegalEntity, wanted: str, run: Import) -> dict[str, Any]:
    before = "yes" if entity.closed_at else "no"
    if not wanted or wanted == before:
        return {}
    close_or_reopen = services.legal_entity_close if wanted == "yes" else services.legal_entity_reopen
    close_or_reopen(entity=entity, actor=run.created_by)
    return {"closed": [before, wanted]}


def save_user(line: UserLine, run: Import) -> Result:
    customer = _known_customer(line)
    data = line.cleaned_data
    home = _org_unit(customer, data["home_org_unit"])
    new = line.given("name", "language", "external_id") | ({"home_org_unit": home} if home else {})
    user = User.objects.filter(email=data["email"]).first()
    if user and user.customer_id != customer.pk:
        raise Refused(_("This email address has an account that does not belong to this customer."))
    if user:
        return _change_user(user, new, data["roles"], run)
    if Invitation.objects.usable().filter(email=data["email"], customer=customer).exists():
        return Outcome.UNCHANGED, {}

    new.setdefault("home_org_unit", OrgUnit.objects.get(customer=customer, parent=None))
    new.setdefault("language", customer.language)
    shared = {"email": data["email"], "customer": customer, "roles": data["roles"], "actor": run.created_by, **new}
    if run.invites:
        shared.pop("external_id", None)
        services.invitation_send(**shared, limit="invitations_by_import")
    else:
        services.user_create(**shared, invited_by=run.created_by, time_zone=customer.time_zone)
    return Outcome.CREATED, {}


def save_invitation(line: InvitationLine, run: Import) -> Result:
    # The table has no such import without a customer, and one without a user is refused before.
    customer, actor = cast("Customer", run.customer), cast("User", run.created_by)
    home = _org_unit(customer, line.cleaned_data["home_org_unit"])
    services.invitation_send(
        actor=actor,
        customer=customer,
        language=customer.language,
        home_org_unit=home or OrgUnit.objects.get(customer=customer, parent=None),
        **line.given("email", "name", "roles"),
    )
    return Outcome.CREATED, {}


def _change_user(user: User, new: dict[str, Any], roles: list[str], run: Import) -> Result:
    changes = set_fields(User.objects.get(pk=user.pk), new)
    before = sorted(user.role_names())
    if roles and roles != before:
        changes["roles"] = [before, roles]
    services.user_administer(user=user, actor=run.created_by, roles=roles or None, **new)
    return (Outcome.CHANGED if changes else Outcome.UNCHANGED), changes


def _change(part: Any, new: dict[str, Any], service: Callable[..., object], argument: str, run: Import) -> Result:
    changes = set_fields(type(part).objects.get(pk=part.pk), new)
    service(**{argument: part}, actor=run.created_by, **new)
    return (Outcome.CHANGED if changes else Outcome.UNCHANGED), changes


def _success_manager(email: str) -> User:
    managers = User.objects.filter(email=email, kind=User.Kind.CUSTOMER_SUCCESS, is_active=True)
    if manager := managers.first():
        return manager
    raise Refused(Sentence(_("There is no customer success manager %(email)s."), {"email": email}))


def _customer(line: _LineForm) -> Customer | None:
    return customer_in(line.cleaned_data)


def customer_in(cells: Mapping[str, str]) -> Customer | None:
    """Return the customer that the cells of a line name."""
    external_id, name = (cells.get(cell, "").strip() for cell in ("customer_external_id", "customer"))
    customer: Customer | None = _find(Customer.objects.all(), external_id, name)
    return customer


def _known_customer(line: _LineForm) -> Customer:
    if customer := _customer(line):
        return customer
    raise Refused(_("There is no such customer. Fill in customer or customer_external_id."))


def _find(rows: Any, external_id: str, name: str) -> Any:
    """Return the row with this external ID, else the one with this name."""
    by_id = rows.filter(external_id=external_id).first() if external_id else None
    return by_id or (rows.filter(name_folded=fold_name(name)).first() if name else None)


def _org_unit(customer: Customer, name: str) -> OrgUnit | None:
    if not name:
        return None
    if unit := OrgUnit.objects.filter(customer=customer, name_folded=fold_name(name)).first():
        return unit
    raise Refused(Sentence(_("The customer has no org unit “%(name)s”."), {"name": name}))


class LineKind(NamedTuple):
    """`identity`: the cells by which two lines are about the same row. `example`: a line of the template of a file."""

    form: type[Any]
    save: Callable[[Any, Import], Result]
    identity: tuple[str, ...]
    example: tuple[str, ...]
    help: Any


LINE_KINDS: Mapping[str, LineKind] = {
    Import.Kind.CUSTOMERS: LineKind(
        CustomerLine,
        save_customer,
        ("customer",),
        ("Maple Ridge", "C-1001", "Maple Ridge Inc.", "America/Vancouver", "en", "Maya Root", "maya@example.com",
         "+1 604 555 0100", ""),
        gettext_lazy("One line for each customer. A new one needs its first legal entity."),
    ),
    Import.Kind.LEGAL_ENTITIES: LineKind(
        LegalEntityLine,
        save_legal_entity,
        ("customer", "customer_external_id", "legal_entity"),
        ("Maple Ridge", "C-1001", "Maple Ridge US Inc.", "E-2", "Root Org Unit", "America/New_York", "no"),
        gettext_lazy("One line for each legal entity of a customer."),
    ),
    Import.Kind.USERS: LineKind(
        UserLine,
        save_user,
        ("email",),
        ("Maple Ridge", "C-1001", "ben@example.com", "Ben Branch", "U-7", "Invoice Administrator | Invoice Exporter",
         "Root Org Unit", "en"),
        gettext_lazy("One line for each user of a customer. Separate several roles by |."),
    ),
    Import.Kind.INVITATIONS: LineKind(
        InvitationLine,
        save_invitation,
        ("email",),
        (),
        gettext_lazy(
            "One line for each user: email address, name, roles and home org unit, separated by commas. "
            "Separate several roles by |. Without an org unit, the Root Org Unit is used."
        ),
    ),
}  # fmt: skip
