from collections.abc import Callable
from functools import partial

import pytest
from django.test import Client

from accounts.models import OrgUnit, Role, User
from tests.support.users import create_user

from .invitations import PASSWORD as PASSWORD
from .invitations import invite_at, link_after, typed

KINDS = ("administrator", "exporter", "stranger", "success", "support")


@pytest.fixture
def new_user(db: None) -> Callable[..., User]:
    return partial(create_user, password=PASSWORD)


@pytest.fixture
def exporter(root: OrgUnit, new_user: Callable[..., User]) -> User:
    return new_user("Eli Exporter", Role.INVOICE_EXPORTER, home=root)


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
