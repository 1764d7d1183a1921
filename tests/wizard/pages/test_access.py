"""Every address of the wizard for every kind of user."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.wizard.pages.reading import main, words
from wizard.models import Connection, SyncProfile
from wizard.urls import urlpatterns

USERS = ("visitor", "administrator", "branch_administrator", "invoice_administrator", "stranger", "success", "support")
SIGN_IN, FINE, REDIRECTED, REFUSED, UNKNOWN = "sign in", 200, 302, 403, 404

# Name, method, data, and what each of USERS gets.
PAGES = [
    ("home", "get", {}, (SIGN_IN, REDIRECTED, REDIRECTED, REFUSED, FINE, REDIRECTED, REDIRECTED)),
    ("start", "post", {}, (SIGN_IN, REDIRECTED, REFUSED, REFUSED, REDIRECTED, REFUSED, REFUSED)),
    ("connection", "get", {}, (SIGN_IN, REDIRECTED, REFUSED, REFUSED, UNKNOWN, REDIRECTED, REDIRECTED)),
    ("stage pre_checks", "get", {}, (SIGN_IN, FINE, FINE, REFUSED, UNKNOWN, FINE, FINE)),
    ("stage sender_id", "get", {}, (SIGN_IN, FINE, REFUSED, REFUSED, UNKNOWN, FINE, FINE)),
    ("stage credentials", "post", {}, (SIGN_IN, FINE, REFUSED, REFUSED, UNKNOWN, REFUSED, REFUSED)),
    ("draft credentials", "post", {}, (SIGN_IN, FINE, REFUSED, REFUSED, UNKNOWN, REFUSED, REFUSED)),
    ("tick sender_id", "post", {}, (SIGN_IN, REDIRECTED, REFUSED, REFUSED, UNKNOWN, REFUSED, REFUSED)),
    ("attest sender_id", "post", {}, (SIGN_IN, REDIRECTED, REFUSED, REFUSED, UNKNOWN, REFUSED, REFUSED)),
    ("check", "post", {"stage": "user_role"}, (SIGN_IN, REDIRECTED, REFUSED, REFUSED, UNKNOWN, REFUSED, REFUSED)),
    ("confirm", "post", {"stage": "user_role"}, (SIGN_IN, REDIRECTED, REFUSED, REFUSED, UNKNOWN, REFUSED, REFUSED)),
    ("unlocked", "post", {"stage": "user_role"}, (SIGN_IN, REDIRECTED, REFUSED, REFUSED, UNKNOWN, REFUSED, REFUSED)),
    ("disconnect", "get", {}, (SIGN_IN, FINE, REFUSED, REFUSED, UNKNOWN, REFUSED, FINE)),
    ("removal", "get", {}, (SIGN_IN, FINE, REFUSED, REFUSED, UNKNOWN, FINE, FINE)),
    ("change_level", "get", {}, (SIGN_IN, UNKNOWN, REFUSED, REFUSED, UNKNOWN, REFUSED, REFUSED)),
    ("missing", "get", {}, (SIGN_IN, FINE, REFUSED, REFUSED, UNKNOWN, FINE, FINE)),
    ("package", "get", {}, (SIGN_IN, FINE, REFUSED, REFUSED, UNKNOWN, FINE, FINE)),
    ("printout", "get", {}, (SIGN_IN, FINE, REFUSED, REFUSED, UNKNOWN, FINE, FINE)),
    ("handover", "get", {}, (SIGN_IN, FINE, REFUSED, REFUSED, UNKNOWN, FINE, FINE)),
    ("handover_address", "get", {}, (SIGN_IN, UNKNOWN, REFUSED, REFUSED, UNKNOWN, REFUSED, REFUSED)),
    ("handover_preview", "get", {}, (SIGN_IN, UNKNOWN, REFUSED, REFUSED, UNKNOWN, REFUSED, REFUSED)),
    ("handover_renew", "post", {}, (SIGN_IN, UNKNOWN, REFUSED, REFUSED, UNKNOWN, REFUSED, REFUSED)),
    ("handover_take_over", "post", {}, (SIGN_IN, UNKNOWN, REFUSED, REFUSED, UNKNOWN, REFUSED, REFUSED)),
    ("handover_revoke", "get", {}, (SIGN_IN, UNKNOWN, REFUSED, REFUSED, UNKNOWN, REFUSED, REFUSED)),
    ("level", "post", {}, (SIGN_IN, FINE, REFUSED, REFUSED, UNKNOWN, REFUSED, REFUSED)),
    ("profile", "post", {}, (SIGN_IN, FINE, REFUSED, REFUSED, UNKNOWN, REFUSED, REFUSED)),
    ("answer", "post", {"answer": "123"}, (SIGN_IN, REDIRECTED, REFUSED, REFUSED, UNKNOWN, REFUSED, REFUSED)),
    ("test_bill", "get", {}, (SIGN_IN, FINE, REFUSED, REFUSED, UNKNOWN, FINE, FINE)),
    ("test_bill_act", "post", {}, (SIGN_IN, REDIRECTED, REFUSED, REFUSED, UNKNOWN, REFUSED, REFUSED)),
    ("test_bill_records none", "get", {}, (SIGN_IN, UNKNOWN, REFUSED, REFUSED, UNKNOWN, UNKNOWN, UNKNOWN)),
    ("withdraw", "post", {}, (SIGN_IN, REDIRECTED, REFUSED, REFUSED, UNKNOWN, REFUSED, REFUSED)),
]
CASES = [
    pytest.param(page, method, data, who, answer, id=f"{page}-{who}")
    for page, method, data, answers in PAGES
    for who, answer in zip(USERS, answers, strict=True)
]


def address(page: str, profile: SyncProfile) -> str:
    name, _, slug = page.partition(" ")
    both = [profile.connection_id, profile.pk]
    arguments: dict[str, list[Any]] = {"home": [], "start": [], "answer": both, "withdraw": both}
    arguments["change_level"] = both
    arguments["test_bill_records"] = [*both, slug]
    arguments |= dict.fromkeys([name for name, *_ in PAGES if name.startswith("handover_")], both)
    return reverse(f"wizard:{name}", args=arguments.get(name, [profile.connection_id, *filter(None, [slug])]))


@pytest.mark.parametrize(("page", "method", "data", "who", "answer"), CASES)
def test_users_open_only_what_they_may(
    request: pytest.FixtureRequest,
    waiting: SyncProfile,
    page: str,
    method: str,
    data: dict[str, str],
    who: str,
    answer: int | str,
) -> None:
    client = Client()
    if who != "visitor":
        client.force_login(request.getfixturevalue(who))
    response = getattr(client, method)(address(page, waiting), data)
    if answer == SIGN_IN:
        assert response.status_code == 302
        assert response.url.startswith(reverse("account_login"))
    else:
        assert response.status_code == answer


def test_table_contains_every_address_of_the_wizard() -> None:
    assert {page.partition(" ")[0] for page, *_ in PAGES} == {pattern.name for pattern in urlpatterns}


@pytest.mark.parametrize("page", [page for page, method, *_ in PAGES if method == "post" and "stage" not in page])
def test_actions_need_a_post(browser_of_ada: Client, waiting: SyncProfile, page: str) -> None:
    assert browser_of_ada.get(address(page, waiting)).status_code == 405


def test_administrator_below_the_root_sees_who_can_continue(
    branch_administrator: User, administrator: User, connection: Connection
) -> None:
    client = Client()
    client.force_login(branch_administrator)
    page = words(client.get(reverse("wizard:stage", args=[connection.pk, "credentials"])))
    assert "home is the Root Org Unit can connect (now: Ada Root)." in page


def test_invoice_administrator_gets_a_link_to_smartsync(invoice_administrator: User, connection: Connection) -> None:
    client = Client()
    client.force_login(invoice_administrator)
    page = client.get(reverse("wizard:home")).content.decode()
    assert "Only System Administrators can connect Sage Intacct." in page
    assert f'href="{reverse("smartsync:home")}"' in page


@pytest.mark.parametrize("who", ["success", "support"])
@pytest.mark.parametrize(
    "slug", ["pre_checks", "user_role", "sender_id", "custom_field", "credentials", "sync_profile"]
)
def test_beanworks_users_see_stages_read_only(
    request: pytest.FixtureRequest, waiting: SyncProfile, who: str, slug: str
) -> None:
    client = Client()
    client.force_login(request.getfixturevalue(who))
    response = client.get(reverse("wizard:stage", args=[waiting.connection_id, slug]))
    # Their own menu of Intacct is all that they can change.
    forms = {form.get("action") for form in main(response).xpath(".//form | .//input[not(@disabled)]/ancestor::form")}
    assert forms <= {reverse("accounts:menu")}
    assert "Only the customer can change this connection" in words(response)
