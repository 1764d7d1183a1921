"""The first page after signing in."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Role, RoleAssignment, User
from tests.wizard.pages.reading import main, words

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", Role)
def test_each_role_starts_on_a_page_it_can_open(
    exporter: User, browser_of: Callable[[User], Client], role: Role
) -> None:
    RoleAssignment.objects.filter(user=exporter).update(role=role)

    page = browser_of(exporter).get("/", follow=True)

    assert page.status_code == 200


def test_user_without_a_role_sees_who_can_assign_one(exporter: User, browser_of: Callable[[User], Client]) -> None:
    RoleAssignment.objects.filter(user=exporter).delete()

    page = browser_of(exporter).get("/", follow=True)

    assert "You have no role yet. Ask a System Administrator" in words(page)
    assert "Go to SmartSync" not in words(page)


def test_sign_in_page_of_the_first_visit_requested_nothing(client: Client) -> None:
    first = client.get("/", follow=True)
    other = client.get("/account/", follow=True)

    assert "you return to the page you requested" not in words(first)
    assert "you return to the page you requested" in words(other)
    assert not main(first).xpath(".//@placeholder")
