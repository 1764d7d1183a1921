"""Customers and their parts, as support and other services of Beanworks administer them.

Without an actor, the API key of the request acts: see `audit.services`.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import IntegrityError, transaction
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
    customer = Customer(name=name, **fields)
    part_save(customer, "customer.created", actor)
    root = OrgUnit.objects.create(customer=customer, name=ROOT_NAME)
    unit = OrgUnit.objects.create(customer=customer, name=legal_entity, parent=root)
    LegalEntity.objects.create(customer=customer, org_unit=unit, name=legal_entity, time_zone=time_zone)
    return customer


@transaction.atomic
def org_unit_create(*, parent: OrgUnit, actor: User | None, **fields: Any) -> OrgUnit:
    """Create an org unit below another one."""
    unit = OrgUnit(customer_id=parent.customer_id, parent=parent, **fields)
    part_save(unit, "org_unit.created", actor, parent=parent.name)
    return unit


@transaction.atomic
def legal_entity_create(*, parent: OrgUnit, actor: User | None, **fields: Any) -> LegalEntity:
    """Create a legal entity with an org unit of its own name below `parent`."""
    unit = org_unit_create(parent=parent, actor=actor, name=fields["name"])
    entity = LegalEntity(customer_id=parent.customer_id, org_unit=unit, **fields)
    part_save(entity, "legal_entity.created", actor)
    return entity


@transaction.atomic
def part_change(*, part: Part, actor: User | None, **new: Any) -> None:
    """Change fields of a customer or of one of its parts. The audit log records the old and the new values."""
    if changes := set_fields(part, new):
        part_save(part, CHANGED[type(part)], actor, changed=changes)


def set_fields(part: Part, new: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set fields without saving them. Returns the old and the new value of each that differs."""
    changes = {field: [old, value] for field, value in new.items() if (old := getattr(part, field)) != value}
    for field in changes:
        setattr(part, field, new[field])
    return changes


def part_save(part: Part, action: str, actor: User | None, **metadata: Any) -> None:
    """Save a new or a changed row, and record it. Raises Refused if another row has the same name or ID."""
    try:
        with transaction.atomic():
            part.save()
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
