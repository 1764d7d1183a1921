from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Customer, OrgUnit, Role, RoleAssignment, User

from .invitations import PASSWORD as PASSWORD
from .invitations import invite_at, link_after, typed

KINDS = ("administrator", "exporter", "stranger", "success", "support")


def create_user(name: str, *roles: str, **fields: object) -> User:
    user = User.objects.create_user(
        email=f"{name.lower().replace(' ', '.')}@example.com", name=name, password=PASSWORD, **fields
    )
    RoleAssignment.objects.bulk_create([RoleAssignment(user=user, role=role) for role in roles])
    return user


@pytest.fixture
def administrator(root: OrgUnit) -> User:
    return create_user("Ada Root", Role.SYSTEM_ADMINISTRATOR, customer=root.customer, home_org_unit=root)


@pytest.fixture
def branch_administrator(branch: OrgUnit) -> User:
    return create_user("Bo Branch", Role.SYSTEM_ADMINISTRATOR, customer=branch.customer, home_org_unit=branch)


@pytest.fixture
def exporter(root: OrgUnit) -> User:
    return create_user("Eli Exporter", Role.INVOICE_EXPORTER, customer=root.customer, home_org_unit=root)


@pytest.fixture
def stranger(db: None) -> User:
    """An administrator of another customer."""
    root = OrgUnit.objects.create(customer=Customer.objects.create(name="Seaside Goods"), name="Seaside")
    return create_user("Sam Seaside", Role.SYSTEM_ADMINISTRATOR, customer=root.customer, home_org_unit=root)


@pytest.fixture
def success(db: None) -> User:
    return create_user("Cleo Success", kind=User.Kind.CUSTOMER_SUCCESS)


@pytest.fixture
def support(db: None) -> User:
    return create_user("Sue Support", kind=User.Kind.SUPPORT)


@pytest.fixture
def browser_of() -> Callable[[User], Client]:
    """Sign in through the page, as users do."""

    def sign_in(user: User, **headers: str) -> Client:
        client = Client(headers=headers)
        client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
        return client

    return sign_in


@pytest.fixture
def invited(administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]) -> str:
    """Send an invitation and return its link."""
    return link_after(browser_of(administrator).post(invite_at(root.customer), typed(root)))
