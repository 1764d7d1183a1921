"""The tree of a customer: its org units, and the legal entities that stand at some of them."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Invitation, LegalEntity, OrgUnit, User
from accounts.services.customers import customer_lock, part_change, part_save, refuse_removed
from audit.services import event_record
from core.errors import Refused
from core.isolated_text import Sentence


@transaction.atomic
def org_unit_create(*, parent: OrgUnit, actor: User | None, **fields: Any) -> OrgUnit:
    """Create an org unit below another one."""
    customer_lock(parent.customer_id)
    refuse_removed(parent)
    unit = OrgUnit(customer_id=parent.customer_id, parent=parent, **fields)
    part_save(unit, "org_unit.created", actor, parent=parent.name)
    return unit


@transaction.atomic
def org_unit_change(*, unit: OrgUnit, actor: User | None, **new: Any) -> None:
    """Change fields of an org unit. With `parent`, move it with everything below it."""
    customer_lock(unit.customer_id)
    refuse_removed(unit, new.get("parent"))
    if "parent" in new:
        _refuse_move(unit, new["parent"])
    part_change(part=unit, actor=actor, **new)


@transaction.atomic
def org_unit_remove(*, unit: OrgUnit, actor: User | None) -> None:
    customer_lock(unit.customer_id)
    refuse_removed(unit)
    if refusal := removal_refusal(unit):
        raise Refused(refusal)
    # Invitations that have ended are deleted with it: they only say that someone was to begin there.
    event_record(action="org_unit.removed", actor=actor, target=unit, customer_id=unit.customer_id, name=unit.name)
    unit.delete()


def removal_refusal(unit: OrgUnit) -> str:
    """Return why an org unit cannot be removed; empty if it can."""
    if unit.is_root:
        return _("The Root Org Unit cannot be removed.")
    if unit.children.exists():
        return _("There are org units below this one. Move or remove them first.")
    if LegalEntity.objects.filter(org_unit=unit).exists():
        return _("This is the org unit of a legal entity. A legal entity can be closed, but not removed.")
    users = User.objects.filter(home_org_unit=unit) | User.objects.filter(additional_org_units=unit)
    if users.exists() or Invitation.objects.open().filter(home_org_unit=unit).exists():
        return _("Users or invitations belong to this org unit. Give them another one first.")
    return ""


@transaction.atomic
def legal_entity_create(*, parent: OrgUnit, actor: User | None, **fields: Any) -> LegalEntity:
    """Create a legal entity with an org unit of its own name below `parent`."""
    unit = org_unit_create(parent=parent, actor=actor, name=fields["name"])
    entity = LegalEntity(customer_id=parent.customer_id, org_unit=unit, **fields)
    part_save(entity, "legal_entity.created", actor)
    return entity


@transaction.atomic
def legal_entity_change(*, entity: LegalEntity, actor: User | None, parent: OrgUnit | None = None, **new: Any) -> None:
    """Change fields of a legal entity. Its org unit moves below `parent`, and is renamed with it if the names match."""
    customer_lock(entity.customer_id)
    unit = OrgUnit.objects.get(pk=entity.org_unit_id)
    of_unit: dict[str, Any] = {"parent": parent} if parent else {}
    if unit.name == entity.name:
        of_unit["name"] = new.get("name", entity.name)
    org_unit_change(unit=unit, actor=actor, **of_unit)
    part_change(part=entity, actor=actor, **new)


@transaction.atomic
def legal_entity_close(*, entity: LegalEntity, actor: User | None) -> None:
    """Close a legal entity: it gets no new sync profile. What it has stays, and syncs as before."""
    _set_closed(entity, actor, is_closed=True)


@transaction.atomic
def legal_entity_reopen(*, entity: LegalEntity, actor: User | None) -> None:
    _set_closed(entity, actor, is_closed=False)


def _set_closed(entity: LegalEntity, actor: User | None, *, is_closed: bool) -> None:
    """Close or reopen the legal entity. Doing it again changes nothing."""
    entity.closed_at = timezone.now() if is_closed else None
    others = LegalEntity.objects.filter(pk=entity.pk, closed_at__isnull=is_closed)
    if others.update(closed_at=entity.closed_at):
        action = "legal_entity.closed" if is_closed else "legal_entity.reopened"
        event_record(action=action, actor=actor, target=entity, customer_id=entity.customer_id, name=entity.name)


def _refuse_move(unit: OrgUnit, parent: OrgUnit | None) -> None:
    """Refuse a place that would cut the org unit off from the root: none, at another customer, or below itself."""
    if unit.parent_id == getattr(parent, "pk", None):
        return
    if unit.is_root or parent is None or parent.customer_id != unit.customer_id:
        raise Refused(_("The Root Org Unit cannot be moved, and no other org unit can take its place."))
    if unit.pk in _ancestors(parent):
        words = _("%(unit)s cannot be moved below %(parent)s, which is the same org unit or below it.")
        raise Refused(Sentence(words, {"unit": unit, "parent": parent}))


def _ancestors(unit: OrgUnit) -> set[int]:
    """Return the org unit and all those above it."""
    parents = dict(OrgUnit.objects.filter(customer=unit.customer_id).values_list("pk", "parent_id"))
    ancestors: set[int] = set()
    above: int | None = unit.pk
    while above is not None and above not in ancestors:
        ancestors.add(above)
        above = parents.get(above)
    return ancestors
