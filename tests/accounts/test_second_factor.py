"""Authenticator app, recovery codes, and users who must have a second factor."""

import logging
import re
import time
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks, Settings
from time_machine import travel

from accounts.models import User
from audit.models import AuditEvent
from beanworks_connect.views import HOME
from tests.wizard.pages.reading import main, words
from tests.wizard.test_rotate_keys import NEW, OLD, forget_processes

from .conftest import KINDS, PASSWORD

pytestmark = pytest.mark.django_db
INDEX, APP = "/accounts/second-factor/", "/accounts/second-factor/totp/activate/"


def code_for(secret: str, ahead: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead)))


def secret_on(client: Client) -> str:
    secret: str = main(client.get(APP)).xpath('.//code[@class="copyable__value"]')[0].text
    return secret


@pytest.fixture
def set_up(browser_of: Callable[[User], Client]) -> Callable[[User], tuple[Client, str, list[str]]]:
    """Set up the app through the pages, as users do. Returns the browser, the app's secret and the recovery codes."""

    def make(user: User) -> tuple[Client, str, list[str]]:
        client = browser_of(user)
        secret = secret_on(client)
        page = client.post(APP, {"code": code_for(secret)}, follow=True)
        return client, secret, main(page).xpath("string(.//pre)").split()

    return make


def half_signed_in(user: User) -> Client:
    client = Client()
    answer = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert answer.headers["Location"] == reverse("mfa_authenticate")
    return client


@pytest.mark.parametrize("kind", ["success", "support"])
def test_user_who_needs_a_second_factor_can_only_set_it_up(
    kind: str, request: pytest.FixtureRequest, browser_of: Callable[[User], Client], settings: Settings
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    client = browser_of(request.getfixturevalue(kind))
    for address in ("/", reverse(HOME[request.getfixturevalue(kind).kind]), "/account/", "/accounts/password/change/"):
        for answer in (client.get(address), client.post(address)):
            assert answer.headers["Location"] == INDEX
    assert "Users at Beanworks can see every customer" in words(client.get(INDEX))
    assert client.get(APP).status_code == client.get("/accounts/logout/").status_code == 200
    assert client.get("/no/such/page/").status_code == 404


def test_all_pages_open_once_the_second_factor_is_set_up(
    support: User, set_up: Callable[[User], tuple[Client, str, list[str]]], settings: Settings
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    client, _secret, codes = set_up(support)
    assert client.get(reverse("operations:queue")).status_code == 200
    assert len(codes) == 10


@pytest.mark.parametrize("method", ["get", "post"])
def test_page_that_sets_up_the_app_says_when_it_is_set_up_already(
    administrator: User, set_up: Callable[[User], tuple[Client, str, list[str]]], method: str
) -> None:
    """Another tab may still show it. It must not lead to the page that removes the app."""
    client, _secret, _codes = set_up(administrator)

    page = getattr(client, method)(APP, {"code": "123456"}, follow=True)

    assert page.redirect_chain == [(INDEX, 302)]
    assert "You already set up an authenticator app." in words(page)


@pytest.mark.parametrize("kind", ["administrator", "exporter", "stranger"])
def test_customer_users_do_not_need_a_second_factor(
    kind: str, request: pytest.FixtureRequest, browser_of: Callable[[User], Client], settings: Settings
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    assert browser_of(request.getfixturevalue(kind)).get("/account/").status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_no_user_needs_a_second_factor_in_the_demonstration(
    kind: str, request: pytest.FixtureRequest, browser_of: Callable[[User], Client]
) -> None:
    assert browser_of(request.getfixturevalue(kind)).get("/account/").status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_password_alone_does_not_sign_in_with_a_second_factor(
    kind: str, request: pytest.FixtureRequest, set_up: Callable[[User], tuple[Client, str, list[str]]]
) -> None:
    user = request.getfixturevalue(kind)
    _client, secret, _codes = set_up(user)
    client = half_signed_in(user)
    assert client.get("/account/").headers["Location"].startswith("/accounts/login/")
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "This code is incorrect." in words(wrong)
    client.post(reverse("mfa_authenticate"), {"code": code_for(secret, ahead=1)})
    assert client.get("/account/").status_code == 200


def test_user_who_lost_the_second_factor_reads_whom_to_ask(
    administrator: User, set_up: Callable[[User], tuple[Client, str, list[str]]]
) -> None:
    set_up(administrator)

    page = words(half_signed_in(administrator).get(reverse("mfa_authenticate")))

    assert "Lost your phone or passkey, and your recovery codes?" in page
    assert "Ask an administrator of your company or email help@beanworks.com" in page


def test_code_works_only_once(support: User, set_up: Callable[[User], tuple[Client, str, list[str]]]) -> None:
    _client, secret, codes = set_up(support)
    for code in (code_for(secret, ahead=1), codes[0]):
        first, second = half_signed_in(support), half_signed_in(support)
        first.post(reverse("mfa_authenticate"), {"code": code})
        assert first.get("/account/").status_code == 200
        assert "This code is incorrect." in words(second.post(reverse("mfa_authenticate"), {"code": code}))


def test_guessing_codes_is_stopped_after_five(
    support: User, set_up: Callable[[User], tuple[Client, str, list[str]]]
) -> None:
    _client, secret, _codes = set_up(support)
    client = half_signed_in(support)
    for number in range(5):
        client.post(reverse("mfa_authenticate"), {"code": f"00000{number}"})
    page = client.post(reverse("mfa_authenticate"), {"code": code_for(secret, ahead=1)})
    assert "Too many" in words(page)
    assert AuditEvent.objects.filter(action="second_factor.refused", outcome="refused").count() == 5


def test_recovery_codes_are_shown_only_once(
    support: User, set_up: Callable[[User], tuple[Client, str, list[str]]]
) -> None:
    client, _secret, codes = set_up(support)
    again = client.get(reverse("mfa_view_recovery_codes"))
    assert not any(code in again.content.decode() for code in codes)
    assert "10 codes are left." in words(again)
    assert client.get(reverse("mfa_download_recovery_codes")).status_code == 403


def test_new_codes_replace_the_old_ones(support: User, set_up: Callable[[User], tuple[Client, str, list[str]]]) -> None:
    client, _secret, codes = set_up(support)
    page = client.post(reverse("mfa_generate_recovery_codes"), follow=True)
    fresh = main(page).xpath("string(.//pre)").split()
    assert not set(fresh) & set(codes)
    other = half_signed_in(support)
    assert "This code is incorrect." in words(other.post(reverse("mfa_authenticate"), {"code": codes[0]}))
    other.post(reverse("mfa_authenticate"), {"code": fresh[0]})
    assert other.get("/account/").status_code == 200


def test_secrets_are_stored_only_encrypted(
    support: User,
    set_up: Callable[[User], tuple[Client, str, list[str]]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        client, secret, codes = set_up(support)
        pages = "".join(client.get(page).content.decode() for page in (INDEX, "/account/", "/accounts/devices/"))
    stored = str(list(Authenticator.objects.values())) + str(
        [session.get_decoded() for session in Session.objects.all()]
    )
    audit_log = str(list(AuditEvent.objects.values()))
    for hidden in (secret, *codes):
        assert hidden not in pages + stored + audit_log + caplog.text
    assert re.fullmatch(r"[A-Z2-7]{32}", secret)


def test_codes_still_work_after_the_keys_are_rotated(
    support: User, set_up: Callable[[User], tuple[Client, str, list[str]]], settings: Settings
) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    _client, secret, codes = set_up(support)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    forget_processes()
    call_command("rotate_keys", verbosity=0)
    settings.ENCRYPTION_KEYS = [NEW]
    for code in (code_for(secret, ahead=1), codes[3]):
        client = half_signed_in(support)
        client.post(reverse("mfa_authenticate"), {"code": code})
        assert client.get("/account/").status_code == 200


@pytest.mark.parametrize("damage", ["key lost", "row damaged"])
def test_secret_that_cannot_be_decrypted_is_reported_and_no_code_is_accepted(
    support: User,
    set_up: Callable[[User], tuple[Client, str, list[str]]],
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    damage: str,
) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    _client, secret, codes = set_up(support)
    settings.ENCRYPTION_KEYS = [NEW]
    if damage == "row damaged":
        Authenticator.objects.update(data={"secret": "no base64", "seed": "no base64", "used_mask": 0})

    for code in (code_for(secret, ahead=1), codes[3], "000000"):
        client = half_signed_in(support)
        answer = client.post(reverse("mfa_authenticate"), {"code": code})
        assert answer.status_code == 409
        assert "Your second factor cannot be checked" in answer.content.decode()
        assert client.get("/account/").status_code == 302

    forget_processes()
    call_command("rotate_keys", verbosity=0)
    assert "2 second factors cannot be opened" in capsys.readouterr().err


def test_removing_a_second_factor_asks_for_confirmation_after_some_time(
    administrator: User, set_up: Callable[[User], tuple[Client, str, list[str]]]
) -> None:
    client, _secret, codes = set_up(administrator)
    off = reverse("mfa_deactivate_totp")
    with travel(time.time() + 16 * 60):
        assert client.post(off).headers["Location"].startswith(reverse("account_reauthenticate"))
        assert Authenticator.objects.filter(type="totp").exists()
        page = client.post(f"{reverse('mfa_reauthenticate')}?next={off}", {"code": codes[0], "next": off}, follow=True)
        assert page.status_code == 200
    assert not Authenticator.objects.exists()


def test_audit_log_records_the_second_factor(
    administrator: User,
    set_up: Callable[[User], tuple[Client, str, list[str]]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        client, *_rest = set_up(administrator)
    client.post(reverse("mfa_deactivate_totp"))
    events = AuditEvent.objects.filter(actor_id=administrator.pk, customer_id=administrator.customer_id)
    assert set(events.values_list("action", "lasting__kind")) >= {
        ("user.signed_in", None),
        ("second_factor.added", "totp"),
        ("second_factor.added", "recovery_codes"),
        ("second_factor.removed", "totp"),
    }
