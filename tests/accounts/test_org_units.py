"""The tree of a customer: org units and legal entities are added, renamed, moved, removed and closed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import services
from accounts.models import Customer, LegalEntity, OrgUnit, User
from accounts.services import Refused
from audit.models import AuditEvent


@pytest.fixture
def yukon(branch: OrgUnit, support: User) -> OrgUnit:
    return services.org_unit_create(parent=branch, actor=support, name="Yukon")


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def test_org_unit_moves_with_everything_below_it(root: OrgUnit, yukon: OrgUnit, support: User) -> None:
    west = services.org_unit_create(parent=root, actor=support, name="West")

    services.org_unit_change(unit=yukon, actor=support, parent=west, name="North")

    yukon.refresh_from_db()
    assert (yukon.parent, yukon.name, yukon.name_folded) == (west, "North", "north")
    changed = AuditEvent.objects.get(action="org_unit.changed").metadata["changed"]
    assert changed == {"parent": ["Canada", "West"], "name": ["Yukon", "North"]}


def test_tree_stays_a_tree(root: OrgUnit, branch: OrgUnit, yukon: OrgUnit, support: User) -> None:
    elsewhere = OrgUnit.objects.create(customer=Customer.objects.create(name="Seaside"), name="Seaside")
    for unit, parent in ((branch, yukon), (branch, branch), (root, branch), (branch, None), (branch, elsewhere)):
        with pytest.raises(Refused):
            services.org_unit_change(unit=OrgUnit.objects.get(pk=unit.pk), actor=support, parent=parent)

    assert set(OrgUnit.objects.filter(customer=root.customer).values_list("name", "parent__name")) == {
        ("Hillside", None), ("Canada", "Hillside"), ("Yukon", "Canada"),
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="org_unit_not_below_itself"), transaction.atomic():
        OrgUnit.objects.filter(pk=branch.pk).update(parent=branch)


@pytest.mark.parametrize(
    "act", ["remove", "rename", "move", "add", "invite", "create user", "change home", "add to user"]
)
def test_org_unit_that_was_removed_since_it_was_read_is_refused(
    act: str, root: OrgUnit, branch: OrgUnit, yukon: OrgUnit, administrator: User, support: User
) -> None:
    services.org_unit_remove(unit=OrgUnit.objects.get(pk=yukon.pk), actor=support)
    invited: dict[str, Any] = {
        "email": "new@example.com",
        "name": "Nora",
        "customer": root.customer,
        "home_org_unit": yukon,
    }
    administer = partial(services.user_administer, user=administrator, actor=support)
    acts: dict[str, Callable[[], object]] = {
        "remove": lambda: services.org_unit_remove(unit=yukon, actor=support),
        "rename": lambda: services.org_unit_change(unit=yukon, actor=support, name="North"),
        "move": lambda: services.org_unit_change(unit=branch, actor=support, parent=yukon),
        "add": lambda: services.legal_entity_create(parent=yukon, actor=support, name="Inc.", time_zone="UTC"),
        "invite": lambda: services.invitation_send(actor=support, roles=[], language="en", **invited),
        "create user": lambda: services.user_create(actor=support, roles=[], invited_by=support, **invited),
        "change home": lambda: administer(roles=[], home_org_unit=yukon),
        "add to user": lambda: administer(additional_org_units=[yukon]),
    }

    with pytest.raises(Refused, match="was removed"):
        acts[act]()
    assert actions().count("org_unit.removed") == 1


@pytest.mark.django_db(transaction=True)
def test_two_moves_at_once_make_no_cycle(root: OrgUnit, support: User) -> None:
    west, east = (services.org_unit_create(parent=root, actor=support, name=name) for name in ("West", "East"))
    start = Barrier(2)

    def move(pair: tuple[OrgUnit, OrgUnit]) -> str:
        unit, parent = pair
        start.wait()
        try:
            services.org_unit_change(unit=unit, actor=support, parent=parent)
            return "moved"
        except Refused:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(move, [(west, east), (east, west)])) == ["moved", "refused"]


def test_only_an_empty_org_unit_is_removed(
    root: OrgUnit, branch: OrgUnit, yukon: OrgUnit, branch_administrator: User, support: User
) -> None:
    entity = services.legal_entity_create(parent=branch, actor=support, name="Canada Inc.")
    with_guest = services.org_unit_create(parent=root, actor=support, name="Visited")
    branch_administrator.additional_org_units.add(with_guest)
    branch_administrator.home_org_unit = yukon
    branch_administrator.save()
    for unit in (root, branch, yukon, entity.org_unit, with_guest):
        assert services.removal_refusal(unit)
        with pytest.raises(Refused):
            services.org_unit_remove(unit=unit, actor=support)

    branch_administrator.additional_org_units.clear()
    services.org_unit_remove(unit=with_guest, actor=support)

    assert not OrgUnit.objects.filter(name="Visited").exists()
    assert actions()[-1] == "org_unit.removed"


def test_legal_entity_moves_and_is_renamed_with_its_org_unit(root: OrgUnit, branch: OrgUnit, support: User) -> None:
    entity = services.legal_entity_create(parent=root, actor=support, name="Canada Inc.")

    services.legal_entity_change(entity=entity, actor=support, name="Canada Ltd.", parent=branch)

    unit = OrgUnit.objects.get(pk=entity.org_unit_id)
    assert (unit.name, unit.parent) == ("Canada Ltd.", branch)

    services.org_unit_change(unit=unit, actor=support, name="Head office")
    services.legal_entity_change(entity=entity, actor=support, name="Canada Corp.")
    assert OrgUnit.objects.get(pk=unit.pk).name == "Head office"


def test_legal_entity_is_closed_once_and_reopened(branch: OrgUnit, support: User) -> None:
    entity = LegalEntity.objects.create(customer=branch.customer, org_unit=branch, name="Canada Inc.")

    for _time in range(2):
        services.legal_entity_close(entity=entity, actor=support)
    assert not LegalEntity.objects.open().exists()
    for _time in range(2):
        services.legal_entity_reopen(entity=entity, actor=support)

    assert LegalEntity.objects.open().get() == entity
    assert actions() == ["legal_entity.closed", "legal_entity.reopened"]
