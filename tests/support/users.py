"""A customer with its org units, and one user of each kind. A package of tests overrides what differs there."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Customer, OrgUnit, Role, RoleAssignment, User


def create_user(
    name: str, *roles: str, email: str = "", password: str = "", home: OrgUnit | None = None, **fields: object
) -> User:
    """Create a user. The address is the first name at example.com, unless `email` is given."""
    first_name = name.partition(" ")[0].lower()
    customer = home.customer if home else None
    user = User(email=email or f"{first_name}@example.com", name=name, customer=customer, home_org_unit=home, **fields)
    if password:
        user.set_password(password)
    user.save()
    RoleAssignment.objects.bulk_create([RoleAssignment(user=user, role=role) for role in roles])
    return user


@pytest.fixture
def new_user(db: None) -> Callable[..., User]:
    """How the users below are created: without a password. Tests that sign in through the page override this."""
    return create_user


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
def administrator(root: OrgUnit, new_user: Callable[..., User]) -> User:
    return new_user("Ada Root", Role.SYSTEM_ADMINISTRATOR, home=root)


@pytest.fixture
def branch_administrator(branch: OrgUnit, new_user: Callable[..., User]) -> User:
    return new_user("Bo Branch", Role.SYSTEM_ADMINISTRATOR, home=branch)


@pytest.fixture
def success(new_user: Callable[..., User]) -> User:
    return new_user("Cleo Success", kind=User.Kind.CUSTOMER_SUCCESS)


@pytest.fixture
def support(new_user: Callable[..., User]) -> User:
    return new_user("Sue Support", kind=User.Kind.SUPPORT)


@pytest.fixture
def other_support(new_user: Callable[..., User]) -> User:
    return new_user("Sam Support", kind=User.Kind.SUPPORT)


@pytest.fixture
def stranger(new_user: Callable[..., User]) -> User:
    """An administrator of another customer."""
    root = OrgUnit.objects.create(customer=Customer.objects.create(name="Seaside Goods"), name="Seaside")
    return new_user("Sam Seaside", Role.SYSTEM_ADMINISTRATOR, email="sam.seaside@example.com", home=root)


def signed_in_client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    return signed_in_client
