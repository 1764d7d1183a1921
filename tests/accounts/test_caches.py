"""What is for one user is kept in no cache."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User


@pytest.mark.parametrize("path", ["/", "/account/", "/connection/", "/smartsync/", "/trail/", "/nowhere/"])
def test_pages_of_users_are_not_stored(administrator: User, browser_of: Callable[[User], Client], path: str) -> None:
    assert "no-store" in browser_of(administrator).get(path)["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/", "/handover/", "/accounts/password/reset/", "/connection/"])
def test_pages_of_signed_out_visitors_are_not_stored(path: str) -> None:
    assert "no-store" in Client().get(path)["Cache-Control"]


def test_signing_out_empties_the_browsers_cache(administrator: User, browser_of: Callable[[User], Client]) -> None:
    browser = browser_of(administrator)

    assert "Clear-Site-Data" not in browser.get("/account/")
    assert browser.post("/accounts/logout/")["Clear-Site-Data"] == '"cache"'
