"""Customers and their parts, as support and other services of Beanworks administer them.

Without an actor, the API key of the request acts: see `audit.services`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from accounts.models import ROOT_NAME, Customer, LegalEntity, OrgUnit, User
from audit.services import event_record
from core.errors import Refused
from core.isolated_text import Sentence
from core.text import Words

Part = Customer | OrgUnit | LegalEntity | User
CHANGED: Mapping[type, str] = {
    Customer: "customer.changed",
    OrgUnit: "org_unit.changed",
    LegalEntity: "legal_entity.changed",
    User: "user.updated",
}
# By the field whose name is in the name of the constraint.
TAKEN: Mapping[str, Words] = {
    "external_id": _("The external ID %(value)s is already used."),
    "email": _("%(value)s already has an account."),
    "name": _("The name %(value)s is already used."),
}


@transaction.atomic
def customer_create(*, actor: User | None, name: str, legal_entity: str, time_zone: str, **fields: Any) -> Customer:
    """Create a customer with its Root Org Unit and its first legal entity under it.

    `fields`: more fields of the customer.
    """
    customer = Customer(name=name, time_zone=time_zone, **fields)
    part_save(customer, "customer.created", actor)
    root = OrgUnit.objects.create(customer=customer, name=ROOT_NAME)
    unit = OrgUnit.objects.create(customer=customer, name=legal_entity, parent=root)
    LegalEntity.objects.create(customer=customer, org_unit=unit, name=legal_entity, time_zone=time_zone)
    return customer


def customer_lock(customer_id: int | None) -> None:
    """Lock a customer, so that changes of its tree and its users happen one after the other.

    Every service that changes them calls this before it locks another row.
    """
    # "FOR NO KEY UPDATE", because rows that refer to the customer may be added at the same time.
    list(Customer.objects.select_for_update(no_key=True).filter(pk=customer_id or 0))


def refuse_removed(*units: OrgUnit | None) -> None:
    """Refuse org units that were removed before the caller locked their customer."""
    keys = {unit.pk for unit in units if unit}
    if OrgUnit.objects.filter(pk__in=keys).count() < len(keys):
        raise Refused(_("The org unit was removed."))


def refuse_suspended(customer_id: int | None) -> None:
    if Customer.objects.filter(pk=customer_id or 0, suspended_at__isnull=False).exists():
        raise Refused(_("This customer is suspended, because its deletion is confirmed."))


@transaction.atomic
def part_change(*, part: Part, actor: User | None, **new: Any) -> None:
    """Change fields of a customer or of one of its parts. The audit log records the old and the new values."""
    if changes := set_fields(part, new):
        # Only these fields: the row may have changed since it was read.
        written = [*changes, *(f"{field}_folded" for field in changes if hasattr(part, f"{field}_folded"))]
        part_save(part, CHANGED[type(part)], actor, written, changed=changes)


def set_fields(part: Part, new: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set fields without saving them. Returns the old and the new value of each that differs."""
    changes = {field: [old, value] for field, value in new.items() if (old := getattr(part, field)) != value}
    for field in changes:
        setattr(part, field, new[field])
    return {field: [_recorded(value) for value in pair] for field, pair in changes.items()}


def _recorded(value: Any) -> Any:
    """Return the value as the audit log holds it: a row by its name."""
    return str(value) if isinstance(value, Model) else value


def part_save(
    part: Part, action: str, actor: User | None, fields: Iterable[str] | None = None, **metadata: Any
) -> None:
    """Save a new row, or fields of a changed one, and record it. Raises Refused if another has the same name or ID."""
    try:
        with transaction.atomic():
            part.save(update_fields=fields)
    except IntegrityError as error:
        raise _refusal(error, part) or error from None
    customer_id = part.pk if isinstance(part, Customer) else part.customer_id
    event_record(action=action, actor=actor, target=part, customer_id=customer_id, name=part.name, **metadata)


def _refusal(error: IntegrityError, part: Part) -> Refused | None:
    cause = error.__cause__
    constraint = cause.diag.constraint_name or "" if isinstance(cause, psycopg.Error) else ""
    for field, words in TAKEN.items():
        if field in constraint:
            return Refused(Sentence(words, {"value": getattr(part, field)}))
    return None
