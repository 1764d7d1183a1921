"""Content for one user is stored in no cache."""

from collections.abc import Callable

import pytest
from django.db import OperationalError, connection
from django.test import Client

from accounts import services
from accounts.models import OrgUnit, User

from .conftest import PASSWORD


@pytest.mark.parametrize("path", ["/", "/account/", "/connection/", "/smartsync/", "/audit-log/", "/nowhere/"])
def test_pages_of_users_are_not_stored(administrator: User, browser_of: Callable[[User], Client], path: str) -> None:
    assert "no-store" in browser_of(administrator).get(path)["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/", "/handover/", "/accounts/password/reset/", "/connection/"])
def test_pages_of_signed_out_visitors_are_not_stored(path: str) -> None:
    assert "no-store" in Client().get(path)["Cache-Control"]


def test_signing_out_clears_the_browsers_cache(administrator: User, browser_of: Callable[[User], Client]) -> None:
    browser = browser_of(administrator)

    assert "Clear-Site-Data" not in browser.get("/account/")
    assert browser.post("/accounts/logout/")["Clear-Site-Data"] == '"cache"'


def test_accepting_an_invitation_clears_the_previous_users_cache(
    administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    _invitation, token = services.invitation_create(
        actor=administrator, email="nora@example.com", customer=root.customer, home_org_unit=root, language="en"
    )
    browser = browser_of(administrator)
    browser.get(f"/account/invitation/{token.reveal()}/")

    welcome = browser.post("/account/invitation/", {"name": "Nora New", "password": PASSWORD})

    assert welcome["Clear-Site-Data"] == '"cache"'


def test_error_page_with_a_form_is_not_stored_when_the_database_fails(
    administrator: User, browser_of: Callable[[User], Client]
) -> None:
    """The error page contains what was typed, and it is made before the product knows which user sent it."""
    browser = browser_of(administrator)
    browser.raise_request_exception = False

    def refuse(*args: object) -> None:
        raise OperationalError

    with connection.execute_wrapper(refuse):
        page = browser.post("/account/", {"name": "Typed by Zoë"})

    assert (page.status_code, page["Cache-Control"]) == (503, "no-store")
    assert "Typed by Zoë" in page.content.decode()
