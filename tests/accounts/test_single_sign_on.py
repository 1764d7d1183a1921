"""Sign-in through a company's own identity provider: a real one, over HTTP."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings as product
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from audit.models import AuditEvent
from tests.support.identity import CLIENT, SECRET, IdentityProvider, identity_provider
from tests.wizard.pages.reading import words

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db
BEGIN, BACK = "/accounts/single-sign-on/", "/accounts/single-sign-on/back/"
UNKNOWN_ADDRESS, TROUBLE = "No account uses this email address", "Single sign-on failed"


@pytest.fixture
def provider(settings: Settings) -> Iterator[IdentityProvider]:
    with identity_provider() as server:
        app = product.OIDC_APP | {"name": "Hillside", "client_id": CLIENT, "secret": SECRET}
        app["settings"] = {"server_url": server.url}
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
        yield server


def begin_sign_in(client: Client) -> dict[str, list[str]]:
    """Start single sign-on. Returns what the browser sends to the provider."""
    away = client.post(BEGIN)
    assert away.status_code == 302
    return parse_qs(urlsplit(away.headers["Location"]).query)


def return_from_provider(client: Client, **changed: str) -> Any:
    asked = {"code": "good", "state": begin_sign_in(client)["state"][0]}
    return client.get(BACK, asked | changed, follow=True)


def signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def ada(**changed: Any) -> dict[str, Any]:
    return {"sub": "42", "email": "Ada@Example.com", "email_verified": True} | changed


def test_invited_user_signs_in_by_the_address_the_provider_verified(
    client: Client, administrator: User, provider: IdentityProvider
) -> None:
    provider.claims = ada()
    return_from_provider(client)
    assert signed_in(client)
    assert AuditEvent.objects.filter(action="user.signed_in", actor_id=administrator.pk).exists()


def test_password_does_not_change(client: Client, administrator: User, provider: IdentityProvider) -> None:
    provider.claims = ada()
    return_from_provider(client)
    administrator.refresh_from_db()
    assert administrator.check_password(PASSWORD)


def test_known_user_is_found_by_the_providers_user_id_after_an_address_change(
    client: Client, administrator: User, provider: IdentityProvider
) -> None:
    provider.claims = ada()
    return_from_provider(client)
    provider.claims = ada(email="ada.married@example.com", email_verified=False)
    again = Client()
    return_from_provider(again)
    assert signed_in(again)


@pytest.mark.parametrize(
    "claims",
    [
        ada(email="another.user@example.com"),
        ada(email_verified=False),
        ada(email_verified="false"),
        {"sub": "42"},
    ],
    ids=["an unknown address", "an unverified one", "a word instead of a boolean", "none"],
)
def test_unknown_person_is_neither_signed_in_nor_signed_up(
    client: Client, administrator: User, provider: IdentityProvider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    assert UNKNOWN_ADDRESS in words(return_from_provider(client))
    assert not signed_in(client)
    assert User.objects.count() == 1
    assert AuditEvent.objects.filter(action="single_sign_on.refused").exists()


def test_deactivated_user_cannot_sign_in(client: Client, administrator: User, provider: IdentityProvider) -> None:
    provider.claims = ada()
    return_from_provider(client)
    User.objects.update(is_active=False)
    other = Client()
    return_from_provider(other)
    assert not signed_in(other)


def test_second_user_in_one_browser_replaces_the_first(
    administrator: User, stranger: User, provider: IdentityProvider, browser_of: Callable[..., Client]
) -> None:
    """The identity of one user is never linked to the account of another."""
    theirs = browser_of(stranger)
    provider.claims = ada()
    asked = parse_qs(urlsplit(theirs.post(f"{BEGIN}?process=connect").headers["Location"]).query)
    theirs.get(BACK, {"code": "good", "state": asked["state"][0]})
    assert "ada@example.com" in words(theirs.get("/account/"))


@pytest.mark.parametrize(
    "changed", [{"state": "made-up"}, {"code": "stolen"}, {"error": "access_denied", "code": ""}], ids=str
)
def test_failed_sign_in_is_reported_and_can_be_retried(
    client: Client, administrator: User, provider: IdentityProvider, changed: dict[str, str]
) -> None:
    provider.claims = ada()
    assert TROUBLE in words(return_from_provider(client, **changed))
    assert not signed_in(client)
    return_from_provider(client)
    assert signed_in(client)


def test_unreachable_provider_is_reported(client: Client, provider: IdentityProvider, settings: Settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"] = {"server_url": "http://127.0.0.1:9"}
    assert TROUBLE in words(client.post(BEGIN, follow=True))


def test_second_factor_is_still_required(client: Client, support: User, provider: IdentityProvider) -> None:
    TOTP.activate(support, "JBSWY3DPEHPK3PXP")
    provider.claims = ada(email=support.email)
    return_from_provider(client)
    assert not signed_in(client)


def test_button_is_shown_when_single_sign_on_is_set_up(client: Client, provider: IdentityProvider) -> None:
    assert "Sign in with Hillside" in words(client.get("/accounts/login/"))


def test_single_sign_on_is_absent_when_not_set_up(client: Client, db: None) -> None:
    assert "single-sign-on" not in client.get("/accounts/login/").content.decode()
    assert client.post(BEGIN).status_code == 404
