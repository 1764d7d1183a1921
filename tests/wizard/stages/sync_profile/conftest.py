import pytest
from django.urls import reverse

from accounts.models import LegalEntity, OrgUnit
from wizard.models import Connection

HTMX = {"HX-Request": "true"}


def stage(connection: Connection, slug: str = "sync_profile") -> str:
    return reverse("wizard:stage", args=[connection.pk, slug])


@pytest.fixture
def entities(legal_entity: LegalEntity, root: OrgUnit) -> list[LegalEntity]:
    """Three legal entities. Two of them are named like an entity in Intacct."""
    names = ("Hillside West Ltd.", "Orchard Inc.")
    units = [OrgUnit.objects.create(customer=root.customer, parent=root, name=name) for name in names]
    others = (LegalEntity.objects.create(customer=root.customer, org_unit=unit, name=unit.name) for unit in units)
    return [legal_entity, *others]
