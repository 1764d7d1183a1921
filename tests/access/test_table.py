"""The response of every address to every kind of user is in table.txt. An address that is not in it fails the test.

A row has the method, the name of the address, and a response for each column: a status code, or `login` for a redirect
to the sign-in page. Changes of a request are rolled back. A failure prints the new row: check whether it is intended.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest
from django.conf import settings as product_settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django.fixtures import Settings

from accounts.models import Customer, OrgUnit, Role, User
from tests.access.records import guest_session, people, things

HEAD, *ROWS = Path(__file__).with_name("table.txt").read_text().splitlines()
COLUMNS = HEAD.split()[2:]
# Arguments of addresses that are not primary keys. A slug means something else in each app.
WORDS = {"wizard": "sender_id", "smartsync": "vendors"}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "account_confirm_email": {"key": "unknown"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "unknown"},
    "accounts:open_invitation": {"token": "unknown"},
    "mfa_edit_webauthn": {"pk": 1},
    "mfa_remove_webauthn": {"pk": 1},
    "handover:link": {"token": "unknown"},
    "accounts:import_template": {"kind": "users"},
    "operations:canned_text_new": {"purpose": "ask"},
    "mail:turn_off": {"token": "unknown"},
    "test_bill:link": {"token": "known"},
    "help:topic": {"code": "bc-204"},
    "arrival": {"token": "unknown"},
}


def addresses(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "api":  # these take keys, not users: see test_api_table.py
                yield from addresses(pattern, f"{pattern.namespace}:" if pattern.namespace else namespace)
        else:
            yield f"{namespace}{pattern.name}", pattern


ADDRESSES = dict(addresses(get_resolver()))


def arguments(name: str, known: dict[str, int]) -> dict[str, Any]:
    values = {"field": "VENDORID", "slug": WORDS.get(name.partition(":")[0]), **known}
    required = ADDRESSES[name].pattern.converters.keys() - ADDRESSES[name].default_args.keys()
    return ARGUMENTS.get(name) or {word: values[word] for word in required}


class Asking:
    """Requests pages as users of each kind. `known`: the primary keys of what the addresses name."""

    def __init__(self, users: dict[str, User], known: dict[str, int]) -> None:
        self.known, self.users = known, users
        self.sessions = {name: self.session(user) for name, user in users.items()}
        self.sessions["handover_guest"] = guest_session(known["handover_pk"])
        self.client = Client()

    @classmethod
    def of_new_customer(cls) -> Self:
        customer = Customer.objects.create(name="Hillside Foods")
        root = OrgUnit.objects.create(customer=customer, name="Hillside")
        branch, other = (OrgUnit.objects.create(customer=customer, name=name, parent=root) for name in "AB")
        stranger = OrgUnit.objects.create(customer=Customer.objects.create(name="Seaside"), name="Seaside")
        users = people(root, other, stranger)
        return cls(users, things(root, branch, users))

    def session(self, user: User) -> str:
        client = Client()
        client.force_login(user)
        return client.cookies[product_settings.SESSION_COOKIE_NAME].value

    def answer(self, method: str, name: str, who: str) -> str:
        self.client.cookies.clear()
        if who != "signed_out":
            self.client.cookies[product_settings.SESSION_COOKIE_NAME] = self.sessions[who]
        with transaction.atomic():
            response = self.client.generic(method, reverse(name, kwargs=arguments(name, self.known)))
            response.getvalue()
            transaction.set_rollback(True)
        is_sign_in = response.headers.get("Location", "").startswith(reverse("account_login"))
        return "login" if is_sign_in else str(response.status_code)

    def row(self, method: str, name: str) -> str:
        cache.clear()
        return " ".join([method, name, *(self.answer(method, name, who) for who in COLUMNS)])


@pytest.mark.slow
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_user_gets_the_expected_response(db: None, no_logs: None, settings: Settings, method: str) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.MFA_RATE_LIMITS = False  # all requests come from one address
    requests = Asking.of_new_customer()
    expected = [" ".join(row.split()) for row in ROWS if row.startswith(method)]
    actual = [requests.row(*row.split()[:2]) for row in expected]
    assert [row for row in actual if row not in expected] == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_address_is_in_the_table(method: str) -> None:
    assert set(ADDRESSES) == {row.split()[1] for row in ROWS if row.startswith(method)}


def test_every_kind_of_user_has_a_column() -> None:
    kinds = {*Role.values, "other_org_unit", "other_tenant", *User.Kind.values} - {User.Kind.CUSTOMER}
    assert kinds | {"signed_out", "handover_guest", "no_role"} == set(COLUMNS)
