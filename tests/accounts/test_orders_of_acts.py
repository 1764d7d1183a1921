"""Any order of invitations, resets and changes ends with a user who can sign in and set up a second factor."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from accounts.models import OrgUnit, Role, User
from tests.support.examples import examples
from tests.support.identity import IdentityProvider

from . import test_single_sign_on as sso
from .conftest import KINDS, PASSWORD
from .test_second_factor import code_for, secret_on

pytestmark = pytest.mark.django_db
provider = sso.provider
LINK = re.compile(r"https?://[^/]+(/accounts/password/reset/key/\S+|/account/invitation/\S+)")


@pytest.fixture(autouse=True)
def _strict_but_quick(settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    settings.ACCOUNT_RATE_LIMITS = settings.MFA_RATE_LIMITS = False


def link_in_newest_email() -> str:
    link = LINK.search(str(mail.outbox[-1].body))
    assert link
    return link[1]


class Walker:
    """A user who visits the pages with one browser and, once it is set up, an authenticator app."""

    def __init__(self, user: User, provider: IdentityProvider) -> None:
        self.user, self.provider = user, provider
        self.browser, self.password, self.secret = Client(), PASSWORD, ""

    def post(self, name: str, **typed: str) -> Any:
        cache.clear()  # a code of the app works only once; without this, each sign-in would wait for half a minute
        return self.browser.post(reverse(name), typed, follow=True)

    def sign_in(self) -> None:
        self.browser = Client()
        self.post("account_login", login=self.user.email, password=self.password)
        self.confirm_second_factor()

    def sign_in_by_single_sign_on(self) -> None:
        self.browser = Client()
        self.provider.claims = {"sub": "42", "email": self.user.email, "email_verified": True}
        sso.return_from_provider(self.browser)
        self.confirm_second_factor()

    def confirm_second_factor(self) -> None:
        if self.secret:
            self.post("mfa_authenticate", code=code_for(self.secret))
        assert self.browser.get(reverse("mfa_index")).status_code == 200

    def request_reset(self) -> None:
        self.post("account_reset_password", email=self.user.email.upper())

    def complete_reset(self) -> None:
        """Follow the link in the current browser, signed in or not."""
        self.request_reset()
        page = self.browser.get(link_in_newest_email(), follow=True)
        self.password += "-reset"
        self.browser.post(page.request["PATH_INFO"], {"password1": self.password, "password2": self.password})

    def change_password(self) -> None:
        self.sign_in()
        new = f"{self.password}-changed"
        self.post("account_change_password", oldpassword=self.password, password1=new, password2=new)
        self.user.refresh_from_db()
        if self.user.check_password(new):  # Beanworks' own users set up their second factor first
            self.password = new

    def set_up_second_factor(self) -> None:
        self.sign_in()
        if not self.secret:
            secret = secret_on(self.browser)
            self.post("mfa_activate_totp", code=code_for(secret))
            self.secret = secret
        assert Authenticator.objects.filter(user=self.user, type=Authenticator.Type.TOTP).exists()

    def remove_second_factor(self) -> None:
        self.sign_in()
        self.post("mfa_deactivate_totp")
        assert not Authenticator.objects.filter(user=self.user).exists()
        self.secret = ""

    def be_deactivated_and_reactivated(self) -> None:
        User.objects.filter(pk=self.user.pk).update(is_active=False)
        self.post("account_login", login=self.user.email, password=self.password)
        self.request_reset()
        User.objects.filter(pk=self.user.pk).update(is_active=True)

    def check_final_state(self) -> None:
        """Check the state in which every sequence must end."""
        self.sign_in()
        if self.secret:
            self.remove_second_factor()
        self.set_up_second_factor()
        assert self.browser.get("/account/").status_code == 200
        addresses = EmailAddress.objects.filter(user=self.user)
        assert list(addresses.values_list("email", "verified", "primary")) == [(self.user.email, True, True)]


ACTS: list[Callable[[Walker], None]] = [
    Walker.sign_in,
    Walker.sign_in_by_single_sign_on,
    Walker.request_reset,
    Walker.complete_reset,
    Walker.change_password,
    Walker.set_up_second_factor,
    Walker.remove_second_factor,
    Walker.be_deactivated_and_reactivated,
]


@pytest.mark.parametrize("kind", KINDS)
def test_second_factor_can_be_set_up_after_a_reset(
    kind: str, request: pytest.FixtureRequest, provider: IdentityProvider
) -> None:
    walker = Walker(request.getfixturevalue(kind), provider)

    walker.request_reset()
    walker.complete_reset()

    walker.check_final_state()


@pytest.mark.parametrize("kind", KINDS)
def test_passkeys_are_offered_after_a_reset(
    kind: str, request: pytest.FixtureRequest, provider: IdentityProvider
) -> None:
    walker = Walker(request.getfixturevalue(kind), provider)
    walker.request_reset()

    walker.sign_in()

    assert walker.browser.get(reverse("mfa_add_webauthn")).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["customer", "customer_success", "support"])
@examples(3, share=0.05, shrinks=False)
@given(acts=st.lists(st.sampled_from(ACTS), min_size=2, max_size=6))
def test_user_can_sign_in_after_any_order_of_acts(
    kind: str, root: OrgUnit, support: User, provider: IdentityProvider, acts: list[Callable[[Walker], None]]
) -> None:
    with transaction.atomic():
        walker = Walker(accepted_invitation(kind, root, support), provider)
        for act in acts:
            act(walker)
        walker.check_final_state()
        transaction.set_rollback(True)


def accepted_invitation(kind: str, root: OrgUnit, support: User) -> User:
    typed: dict[str, Any] = {"name": "Nora New", "email": "Nora@Example.com", "language": "en"}
    inviter = Client()
    inviter.force_login(support)
    with override_settings(SECOND_FACTOR_REQUIRED=False):  # of support, who invites
        if kind == User.Kind.CUSTOMER:
            page = reverse("accounts:invite", args=[root.customer_id])
            inviter.post(page, typed | {"roles": [Role.SYSTEM_ADMINISTRATOR], "home_org_unit": root.pk})
        else:
            inviter.post(reverse("accounts:invite_staff"), typed | {"kind": kind})
    invited = Client()
    invited.get(link_in_newest_email())
    invited.post(reverse("accounts:accept"), {"name": "Nora New", "password": PASSWORD})
    return User.objects.get(email="nora@example.com")
