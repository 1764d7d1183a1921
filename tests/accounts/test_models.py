"""Constraints of the database on users and customers, and which legal entities a user can see."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import Customer, LegalEntity, OrgUnit, Role, RoleAssignment, User


@pytest.fixture
def tree(root: OrgUnit) -> dict[str, OrgUnit]:
    """Hillside → Canada → Quebec, Hillside → West. Each unit except the root has a legal entity."""
    units = {"Hillside": root}
    for name, parent in {"Canada": "Hillside", "Quebec": "Canada", "West": "Hillside"}.items():
        units[name] = OrgUnit.objects.create(customer=root.customer, name=name, parent=units[parent])
        LegalEntity.objects.create(customer=root.customer, org_unit=units[name], name=name)
    return units


def person(home: OrgUnit) -> User:
    return User.objects.create_user(email="Kim@Example.com", name="Kim", customer=home.customer, home_org_unit=home)


def seen_by(user: User) -> set[str]:
    return set(LegalEntity.objects.visible_to(user).values_list("name", flat=True))


def test_a_customer_has_one_root_org_unit(root: OrgUnit) -> None:
    with pytest.raises(IntegrityError, match="one_root_org_unit"), transaction.atomic():
        OrgUnit.objects.create(customer=root.customer, name="Another")


@pytest.mark.parametrize(
    "fields", [{"kind": "customer"}, {"kind": "customer", "customer": True}, {"kind": "support", "customer": True}]
)
def test_only_customer_users_have_a_customer_and_a_home_org_unit(customer: Customer, fields: dict[str, Any]) -> None:
    wanted = fields | ({"customer": customer} if "customer" in fields else {})
    with pytest.raises(IntegrityError, match="customer_users"), transaction.atomic():
        User.objects.create(email="kim@example.com", name="Kim", **wanted)


def test_address_belongs_to_one_user_in_any_spelling(root: OrgUnit) -> None:
    assert person(root).email == "kim@example.com"
    with pytest.raises(ValidationError, match="already exists"):
        person(root)


@pytest.mark.parametrize("role", ["owner", Role.SYSTEM_ADMINISTRATOR])
def test_role_must_be_known_and_is_assigned_once(root: OrgUnit, role: str) -> None:
    user = person(root)
    RoleAssignment.objects.create(user=user, role=Role.SYSTEM_ADMINISTRATOR)
    with pytest.raises(IntegrityError, match="role_"), transaction.atomic():
        RoleAssignment.objects.create(user=user, role=role)


def test_unknown_time_zone_is_refused(root: OrgUnit) -> None:
    user = person(root)
    user.time_zone = "Mars/Olympus"
    with pytest.raises(ValidationError, match="not a known time zone"):
        user.full_clean(exclude=["password"])


@pytest.mark.parametrize(
    ("home", "seen"),
    [("Hillside", {"Canada", "Quebec", "West"}), ("Canada", {"Canada", "Quebec"}), ("West", {"West"})],
)
def test_user_sees_legal_entities_at_and_below_their_home(tree: dict[str, OrgUnit], home: str, seen: set[str]) -> None:
    assert seen_by(person(tree[home])) == seen


def test_additional_org_units_add_to_the_home(tree: dict[str, OrgUnit]) -> None:
    user = person(tree["West"])
    user.additional_org_units.add(tree["Quebec"])
    assert seen_by(user) == {"West", "Quebec"}


def test_legal_entities_of_another_customer_are_not_visible(tree: dict[str, OrgUnit]) -> None:
    other = OrgUnit.objects.create(customer=Customer.objects.create(name="Seaside"), name="Seaside")
    stranger = person(other)
    assert seen_by(stranger) == set()
    assert list(Customer.objects.visible_to(stranger)) == [other.customer]


def test_beanworks_staff_see_every_customer(tree: dict[str, OrgUnit]) -> None:
    support = User.objects.create_user(email="sue@example.com", name="Sue", kind="support")
    assert seen_by(support) == {"Canada", "Quebec", "West"}
    assert Customer.objects.visible_to(support).count() == 1
