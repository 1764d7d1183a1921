"""The pages on which support makes, replaces and revokes keys."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from lxml import html
from pytest_django.fixtures import Settings

from accounts.models import Customer, User
from api.models import ApiKey
from tests.api.client import ApiClient

INDEX = reverse("api_keys:index")


@pytest.fixture
def sue(support: User) -> Client:
    browser = Client()
    browser.force_login(support)
    return browser


def create(sue: Client, **changes: object) -> str:
    """Fill the form in and return the token that the next page shows."""
    data = {"name": "Analytics", "customer": "", "scopes": ["read_connections", "run_syncs"], "days": 30}
    page = sue.post(reverse("api_keys:new"), data | changes, follow=True)
    token: str = page.context["token"]
    assert token in page.content.decode()
    return token


def test_created_key_works(sue: Client, support: User, customer: Customer) -> None:
    token = create(sue, customer=f" {customer.name.upper()} ")

    key = ApiKey.objects.get()
    lifetime = key.expires_at - timezone.now()
    assert (key.created_by, key.customer, key.scopes) == (support, customer, ["read_connections", "run_syncs"])
    assert timedelta(days=29) < lifetime < timedelta(days=30)
    assert ApiClient(token).get("/connections").status_code == 200


def test_lifetimes_are_in_the_language_of_the_user(sue: Client, support: User) -> None:
    User.objects.filter(pk=support.pk).update(language="fr-ca")

    page = html.fromstring(sue.get(reverse("api_keys:new")).content)

    assert page.xpath('string(//select[@name="days"]/option[1])') == "30 jours"


def test_token_is_shown_once_and_not_stored_in_the_session(sue: Client) -> None:
    data = {"name": "Analytics", "scopes": ["run_syncs"], "days": 30}
    shown_at = sue.post(reverse("api_keys:new"), data)["Location"]
    in_session = str(dict(sue.session))

    token = sue.get(shown_at).context["token"]

    assert token not in in_session
    assert sue.get(shown_at)["Location"] == INDEX


def test_head_request_does_not_use_the_token_up(sue: Client) -> None:
    data = {"name": "Analytics", "scopes": ["run_syncs"], "days": 30}
    shown_at = sue.post(reverse("api_keys:new"), data)["Location"]

    assert sue.head(shown_at).status_code == 405
    assert sue.get(shown_at).context["token"]


def test_key_needs_a_scope_and_a_known_lifetime(sue: Client) -> None:
    page = sue.post(reverse("api_keys:new"), {"name": "Analytics", "days": 9999, "scopes": ["everything"]})

    assert set(page.context["form"].errors) == {"scopes", "days"}
    assert not ApiKey.objects.exists()


def test_key_is_made_for_a_customer_only_if_the_name_is_known(sue: Client) -> None:
    data = {"name": "Analytics", "customer": "Unknown Foods", "days": 30, "scopes": ["run_syncs"]}

    page = sue.post(reverse("api_keys:new"), data)

    assert set(page.context["form"].errors) == {"customer"}
    assert not ApiKey.objects.exists()


def test_new_token_and_revoking(sue: Client) -> None:
    old = create(sue)
    key = ApiKey.objects.get()

    new = sue.post(reverse("api_keys:rotate", args=[key.pk]), follow=True).context["token"]
    assert [ApiClient(token).get("/connections").status_code for token in (old, new)] == [200, 200]

    page = sue.post(reverse("api_keys:revoke", args=[key.pk]), follow=True).content.decode()
    assert "The key was revoked." in page
    assert [ApiClient(token).get("/connections").status_code for token in (old, new)] == [401, 401]
    for act, words in (("rotate", "This key was revoked or has expired."), ("revoke", "This key was already revoked.")):
        assert words in sue.post(reverse(f"api_keys:{act}", args=[key.pk]), follow=True).content.decode()


def test_expired_key_can_only_be_revoked(sue: Client) -> None:
    create(sue)
    ApiKey.objects.update(expires_at=timezone.now())

    page = sue.get(INDEX).content.decode()

    key = ApiKey.objects.get()
    assert reverse("api_keys:revoke", args=[key.pk]) in page
    assert reverse("api_keys:rotate", args=[key.pk]) not in page


def test_support_confirms_their_identity_before_they_get_a_token(sue: Client, settings: Settings) -> None:
    create(sue)
    key = ApiKey.objects.get()

    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0

    confirm = reverse("account_reauthenticate")
    assert sue.get(reverse("api_keys:new"))["Location"].startswith(confirm)
    assert sue.post(reverse("api_keys:rotate", args=[key.pk]))["Location"].startswith(confirm)
    assert sue.post(reverse("api_keys:revoke", args=[key.pk]))["Location"] == INDEX


def test_support_without_a_second_factor_makes_no_key(sue: Client, settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True

    assert sue.get(reverse("api_keys:new"))["Location"] == reverse("mfa_index")
