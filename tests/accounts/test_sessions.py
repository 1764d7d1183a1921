"""How long a session lasts, and on which devices a user is signed in."""

import re
import time
from collections.abc import Callable

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from time_machine import travel

from accounts.models import User
from audit.models import AuditEvent
from tests.support.retention import prune_now
from tests.wizard.pages.reading import main, words

from .conftest import KINDS, PASSWORD

pytestmark = pytest.mark.django_db
DEVICES = "/accounts/devices/"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36 Edg/126.0"


def is_signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def sign_in_on_desk_and_phone(user: User, browser_of: Callable[..., Client]) -> tuple[Client, Client]:
    return browser_of(user, user_agent=DESK), browser_of(user, user_agent=PHONE)


@pytest.mark.parametrize("kind", KINDS)
def test_every_device_is_listed_by_a_familiar_name(
    kind: str, request: pytest.FixtureRequest, browser_of: Callable[..., Client]
) -> None:
    desk, _phone = sign_in_on_desk_and_phone(request.getfixturevalue(kind), browser_of)
    rows = main(desk.get(DEVICES)).xpath(".//tbody/tr/th/text()")
    assert rows == ["Edge, Windows", "Safari, iPhone"]
    assert main(desk.get(DEVICES)).xpath("string(.//tbody/tr[1]/td[last()])").split() == ["This", "device"]


def test_one_device_can_sign_out_another(administrator: User, browser_of: Callable[..., Client]) -> None:
    desk, phone = sign_in_on_desk_and_phone(administrator, browser_of)
    (button,) = main(desk.get(DEVICES)).xpath(".//tbody//form/@action")
    page = desk.post(button, follow=True)
    assert "The device was signed out." in words(page)
    assert (is_signed_in(desk), is_signed_in(phone)) == (True, False)
    assert AuditEvent.objects.filter(action="device.signed_out", actor_id=administrator.pk).exists()


def test_all_other_devices_can_be_signed_out_at_once(administrator: User, browser_of: Callable[..., Client]) -> None:
    desk, phone = sign_in_on_desk_and_phone(administrator, browser_of)
    third = browser_of(administrator)
    assert "All other devices were signed out." in words(desk.post(DEVICES, follow=True))
    assert [is_signed_in(browser) for browser in (desk, phone, third)] == [True, False, False]


def test_another_users_device_cannot_be_signed_out(
    administrator: User, stranger: User, support: User, browser_of: Callable[..., Client]
) -> None:
    theirs = browser_of(administrator)
    device = UserSession.objects.get(user=administrator)
    for other in (stranger, support):
        assert browser_of(other).post(f"/account/devices/{device.pk}/sign-out/").status_code == 404
    assert is_signed_in(theirs)


def test_new_password_signs_out_all_other_devices(administrator: User, browser_of: Callable[..., Client]) -> None:
    desk, phone = sign_in_on_desk_and_phone(administrator, browser_of)
    new = "another-long-word-no-one-guesses"
    desk.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert (is_signed_in(desk), is_signed_in(phone)) == (True, False)
    assert main(desk.get(DEVICES)).xpath(".//tbody/tr/th/text()") == ["Edge, Windows"]
    assert AuditEvent.objects.filter(action="password.changed", actor_id=administrator.pk).exists()


def test_session_ends_after_eight_hours_without_use(administrator: User, browser_of: Callable[..., Client]) -> None:
    client, now = browser_of(administrator), time.time()
    with travel(now + 7.9 * 3600):
        assert is_signed_in(client)
    with travel(now + 15.8 * 3600):
        assert is_signed_in(client)
    with travel(now + 23.9 * 3600):
        assert not is_signed_in(client)


def test_session_ends_after_a_day_even_if_used(administrator: User, browser_of: Callable[..., Client]) -> None:
    client, now = browser_of(administrator), time.time()
    for hours in range(4, 24, 4):
        with travel(now + hours * 3600):
            assert is_signed_in(client)
    with travel(now + 24.1 * 3600):
        answer = client.get("/connection/")
        assert answer.headers["Location"] == "/accounts/login/?next=%2Fconnection%2F"


def test_session_is_renewed_at_most_once_a_minute(administrator: User, browser_of: Callable[..., Client]) -> None:
    client, now = browser_of(administrator), time.time()
    ends = []
    for seconds in (0, 50, 70):
        with travel(now + seconds, tick=False):
            assert is_signed_in(client)
        ends.append(Session.objects.get(session_key=client.session.session_key).expire_date.timestamp())
    assert ends[0] == ends[1]
    assert ends[2] == pytest.approx(now + 70 + settings.SESSION_COOKIE_AGE)


def test_polling_does_not_renew_a_session(administrator: User, browser_of: Callable[..., Client]) -> None:
    client, now = browser_of(administrator), time.time()
    with travel(now + 7.9 * 3600):
        assert client.get("/account/", headers={"X-Poll": "1"}).status_code == 200
    with travel(now + 8.1 * 3600):
        assert not is_signed_in(client)


def test_every_polling_element_sends_the_poll_header() -> None:
    polling = [
        line
        for folder in ("templates", "wizard/stages")
        for template in (settings.BASE_DIR / folder).rglob("*.html")
        for line in template.read_text().splitlines()
        if re.search('hx-trigger="[^"]*(every|look)', line)
    ]

    assert len(polling) >= 3
    assert [line for line in polling if """hx-headers='{"X-Poll": "1"}'""" not in line] == []


def test_expired_sessions_are_deleted_with_their_devices(
    administrator: User, support: User, browser_of: Callable[..., Client]
) -> None:
    browser_of(administrator)
    with travel(time.time() + 4 * 3600):
        used = browser_of(support)
    with travel(time.time() + 9 * 3600):
        prune_now("sessions", "devices")

        assert UserSession.objects.get().user == support
        assert is_signed_in(used)
    assert Session.objects.count() == 1


def test_deactivation_ends_every_session(administrator: User, browser_of: Callable[..., Client]) -> None:
    client = browser_of(administrator)
    User.objects.filter(pk=administrator.pk).update(is_active=False)

    assert not is_signed_in(client)
