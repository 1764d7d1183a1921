"""The org units of a customer as a tree, for its page."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count

from accounts.models import Customer, LegalEntity, OrgUnit, User
from core.collation import Natural


@dataclass(frozen=True)
class Branch:
    """One org unit. `level`: how far below the root. `users`: how many active ones have it as their home."""

    unit: OrgUnit
    level: int
    entity: LegalEntity | None
    users: int


def tree_of(customer: Customer) -> list[Branch]:
    """Return every org unit after the one it is below, by name."""
    entities = {entity.org_unit_id: entity for entity in LegalEntity.objects.filter(customer=customer)}
    homes = User.objects.filter(customer=customer, is_active=True).order_by().values_list("home_org_unit")
    users = dict(homes.annotate(Count("pk")))
    below: dict[int | None, list[OrgUnit]] = defaultdict(list)
    for unit in OrgUnit.objects.filter(customer=customer).order_by(Natural("name"), "pk"):
        below[unit.parent_id].append(unit)

    # Without recursion: a tree may be deeper than Python's stack.
    to_visit = [(unit, 0) for unit in below[None]]
    branches = []
    while to_visit:
        unit, level = to_visit.pop()
        branches.append(Branch(unit, level, entities.get(unit.pk), users.get(unit.pk, 0)))
        to_visit += [(child, level + 1) for child in reversed(below[unit.pk])]
    return branches
