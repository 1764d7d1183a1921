"""A customer with its org units, and one user of each kind. A package of tests overrides what differs there."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Customer, OrgUnit, Role, RoleAssignment, User


def create_user(name: str, *roles: str, email: str = "", **fields: object) -> User:
    """Create a user without a password. The address is the first name at example.com, unless `email` is given."""
    first_name = name.partition(" ")[0].lower()
    user: User = User.objects.create(email=email or f"{first_name}@example.com", name=name, **fields)
    RoleAssignment.objects.bulk_create([RoleAssignment(user=user, role=role) for role in roles])
    return user


@pytest.fixture
def customer(db: None) -> Customer:
    return Customer.objects.create(name="Hillside Foods")


@pytest.fixture
def root(customer: Customer) -> OrgUnit:
    return OrgUnit.objects.create(customer=customer, name="Hillside")


@pytest.fixture
def branch(customer: Customer, root: OrgUnit) -> OrgUnit:
    return OrgUnit.objects.create(customer=customer, name="Canada", parent=root)


@pytest.fixture
def administrator(customer: Customer, root: OrgUnit) -> User:
    return create_user("Ada Root", Role.SYSTEM_ADMINISTRATOR, customer=customer, home_org_unit=root)


@pytest.fixture
def success(db: None) -> User:
    return create_user("Cleo Success", kind=User.Kind.CUSTOMER_SUCCESS)


@pytest.fixture
def support(db: None) -> User:
    return create_user("Sue Support", kind=User.Kind.SUPPORT)


@pytest.fixture
def other_support(db: None) -> User:
    return create_user("Sam Support", kind=User.Kind.SUPPORT)


@pytest.fixture
def stranger(db: None) -> User:
    """An administrator of another customer."""
    root = OrgUnit.objects.create(customer=Customer.objects.create(name="Seaside Goods"), name="Seaside")
    return create_user(
        "Sam Seaside",
        Role.SYSTEM_ADMINISTRATOR,
        email="sam.seaside@example.com",
        customer=root.customer,
        home_org_unit=root,
    )


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in
