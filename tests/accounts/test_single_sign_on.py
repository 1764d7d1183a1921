"""Signing in by a company's own identity provider, which is a real one here, over HTTP."""

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
from tests.wizard_pages.reading import words

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db
BEGIN, BACK = "/accounts/single-sign-on/", "/accounts/single-sign-on/back/"
NOBODY, TROUBLE = "Nobody with your address may sign in here", "Single sign-on did not end well"


@pytest.fixture
def provider(settings: Settings) -> Iterator[IdentityProvider]:
    with identity_provider() as made:
        app = product.OIDC_APP | {"name": "Hillside", "client_id": CLIENT, "secret": SECRET}
        app["settings"] = {"server_url": made.url}
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
        yield made


def sent_away(client: Client) -> dict[str, list[str]]:
    """What the person's browser carries to the provider."""
    away = client.post(BEGIN)
    assert away.status_code == 302
    return parse_qs(urlsplit(away.headers["Location"]).query)


def comes_back(client: Client, **changed: str) -> Any:
    asked = {"code": "good", "state": sent_away(client)["state"][0]}
    return client.get(BACK, asked | changed, follow=True)


def signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def ada(**changed: Any) -> dict[str, Any]:
    return {"sub": "42", "email": "Ada.Root@Example.com", "email_verified": True} | changed


def test_who_was_invited_comes_in_by_the_address_the_provider_proved(
    client: Client, administrator: User, provider: IdentityProvider
) -> None:
    provider.claims = ada()
    comes_back(client)
    assert signed_in(client)
    assert AuditEvent.objects.filter(action="person.signed_in", actor_id=administrator.pk).exists()


def test_the_password_stays_as_it_was(client: Client, administrator: User, provider: IdentityProvider) -> None:
    provider.claims = ada()
    comes_back(client)
    administrator.refresh_from_db()
    assert administrator.check_password(PASSWORD)


def test_later_the_person_is_known_by_their_number_whatever_their_address_is(
    client: Client, administrator: User, provider: IdentityProvider
) -> None:
    provider.claims = ada()
    comes_back(client)
    provider.claims = ada(email="ada.married@example.com", email_verified=False)
    again = Client()
    comes_back(again)
    assert signed_in(again)


@pytest.mark.parametrize(
    "claims",
    [
        ada(email="somebody.else@example.com"),
        ada(email_verified=False),
        ada(email_verified="false"),
        {"sub": "42"},
    ],
    ids=["an unknown address", "an unproved one", "a word instead of a truth value", "none"],
)
def test_nobody_else_comes_in_or_is_signed_up(
    client: Client, administrator: User, provider: IdentityProvider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    assert NOBODY in words(comes_back(client))
    assert not signed_in(client)
    assert User.objects.count() == 1
    assert AuditEvent.objects.filter(action="single_sign_on.refused").exists()


def test_whose_access_ended_does_not_come_in(client: Client, administrator: User, provider: IdentityProvider) -> None:
    provider.claims = ada()
    comes_back(client)
    User.objects.update(is_active=False)
    other = Client()
    comes_back(other)
    assert not signed_in(other)


def test_of_two_signed_in_at_one_browser_the_later_one_stays(
    administrator: User, stranger: User, provider: IdentityProvider, browser_of: Callable[..., Client]
) -> None:
    """Nobody ties their provider's identity to another's account."""
    theirs = browser_of(stranger)
    provider.claims = ada()
    asked = parse_qs(urlsplit(theirs.post(f"{BEGIN}?process=connect").headers["Location"]).query)
    theirs.get(BACK, {"code": "good", "state": asked["state"][0]})
    assert "ada.root@example.com" in words(theirs.get("/account/"))


@pytest.mark.parametrize(
    "changed", [{"state": "made-up"}, {"code": "stolen"}, {"error": "access_denied", "code": ""}], ids=str
)
def test_what_does_not_end_well_is_told_and_may_be_tried_again(
    client: Client, administrator: User, provider: IdentityProvider, changed: dict[str, str]
) -> None:
    provider.claims = ada()
    assert TROUBLE in words(comes_back(client, **changed))
    assert not signed_in(client)
    comes_back(client)
    assert signed_in(client)


def test_a_provider_out_of_reach_is_told(client: Client, provider: IdentityProvider, settings: Settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"] = {"server_url": "http://127.0.0.1:9"}
    assert TROUBLE in words(client.post(BEGIN, follow=True))


def test_a_second_factor_is_asked_for_all_the_same(client: Client, support: User, provider: IdentityProvider) -> None:
    TOTP.activate(support, "JBSWY3DPEHPK3PXP")
    provider.claims = ada(email=support.email)
    comes_back(client)
    assert not signed_in(client)


def test_the_way_in_is_shown_where_there_is_one(client: Client, provider: IdentityProvider) -> None:
    assert "Sign in with Hillside" in words(client.get("/accounts/login/"))


def test_there_is_no_trace_of_it_where_there_is_none(client: Client, db: None) -> None:
    assert "single-sign-on" not in client.get("/accounts/login/").content.decode()
    assert client.post(BEGIN).status_code == 404
