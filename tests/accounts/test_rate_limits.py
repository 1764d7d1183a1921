"""Password guessing is stopped soon, across all web processes; the user reads when to try again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from allauth.core.internal.ratelimit import get_cache_key, get_rates
from django.core.cache import cache
from django.test import Client, RequestFactory
from lxml import html

from accounts.models import User
from tests.support.processes import answers, wait_until
from tests.support.stack import Live

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sites(live: Live, tmp_path: Path) -> Iterator[list[str]]:
    """Two web processes of the same product."""
    with Live(tmp_path) as second:
        second.start()
        wait_until(lambda: answers(second.url), "the second web server answers")
        yield [live.url, second.url]


def sign_in(site: str, email: str, password: str) -> requests.Response:
    visitor = requests.Session()
    # One host name for both processes, as behind a proxy.
    visitor.headers["Host"] = "localhost"
    page = html.document_fromstring(visitor.get(f"{site}/accounts/login/", timeout=20).text)
    token = page.xpath("string(//input[@name='csrfmiddlewaretoken']/@value)")
    typed = {"login": email, "password": password, "csrfmiddlewaretoken": token}
    return visitor.post(f"{site}/accounts/login/", typed, timeout=20, allow_redirects=False)


def test_five_wrong_passwords_block_only_that_user_in_every_process(
    sites: list[str], new_user: Callable[..., User]
) -> None:
    ada, bo = (new_user(name, kind=User.Kind.CUSTOMER_SUCCESS) for name in ("Ada", "Bo"))
    for number in range(5):
        assert "Too many failed" not in sign_in(sites[number % 2], ada.email, "a wrong guess").text
    for door in sites:
        refused = sign_in(door, ada.email, PASSWORD)
        assert refused.status_code == 200
        assert "Too many failed" in refused.text
    for _number in range(5):
        sign_in(sites[0], ada.email, "a wrong guess")
    assert [sign_in(door, bo.email, PASSWORD).status_code for door in sites] == [302, 302]


def test_too_many_tries_from_one_address_get_a_page_that_says_so(sites: list[str]) -> None:
    assert User.objects.count() == 0
    answered = [sign_in(sites[number % 2], f"unknown{number}@example.com", "a guess") for number in range(31)]
    assert answered[0].status_code == 200
    assert answered[-1].status_code == 429
    assert "Too many" in str(html.document_fromstring(answered[-1].text).xpath("string(//h1)"))


def test_lock_of_a_killed_process_refuses_no_sign_in(
    client: Client, rf: RequestFactory, new_user: Callable[..., User]
) -> None:
    ada = new_user("Ada", kind=User.Kind.CUSTOMER_SUCCESS)
    [rate] = get_rates(app="allauth.account", action="login")
    cache.add(get_cache_key(rf.post("/"), app="allauth.account", action="login", rate=rate) + ":lock", True, 60)

    assert client.post("/accounts/login/", {"login": ada.email, "password": PASSWORD}).status_code == 302


def test_guessing_a_stolen_password_hash_is_slow(live: Live, new_user: Callable[..., User]) -> None:
    """The web server replaces the fast hash that tests store."""
    ada = new_user("Ada", kind=User.Kind.CUSTOMER_SUCCESS)

    sign_in(live.url, ada.email, PASSWORD)

    ada.refresh_from_db()
    assert ada.password.startswith("argon2$argon2id$v=19$m=47104,t=1,p=1$")
