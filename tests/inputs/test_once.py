"""A form that is sent twice, by a double click or a reload, is processed once and shows its result."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from time_machine import travel

from core.form_tokens import REMEMBERED, TOKEN
from core.models import SentForm
from mail.models import Email
from tests.inputs.forms import Form, forms_of
from tests.inputs.records import World
from tests.support.retention import prune_now
from wizard.models import Handover

# Sending these forms twice does no harm, or they change the session.
LEFT_OUT = (
    "account_",
    "mfa_",
    "usersessions_",
    "set_language",
    "accounts:profile",
    "accounts:accept",
    "mail:choices",
    "wizard:tick",
)
GUEST = {"name": "Ida Intacct", "email": "ida.once@example.com", "stages": ["sender_id"], TOKEN: "1"}


@pytest.fixture
def world(db: None) -> World:
    return World()


def test_every_form_is_processed_only_once(world: World) -> None:
    forms: dict[object, Form] = {}
    for page in world.open_pages():
        for form in forms_of(page.visitor, page.address, page.body):
            if form.method == "post" and not form.name.startswith(LEFT_OUT):
                forms.setdefault(form.key, form)

    assert [form.action for form in forms.values() if not form.has_token] == []
    for form in forms.values():
        with world.undone():
            data = form.data | {TOKEN: ["a token"]}
            first = world.post(form.visitor, form.action, data, keep=True)
            second = world.post(form.visitor, form.action, data, keep=True)
            if first.status_code == 302:
                assert (second.headers["Location"], world.written) == (first.headers["Location"], False), form


@pytest.fixture
def ada(world: World) -> Client:
    client = Client()
    client.force_login(world.people["system_administrator"])
    return client


@pytest.fixture
def handover(world: World) -> str:
    return reverse("wizard:handover", args=[world.known["pk"]])


@pytest.mark.django_db(transaction=True)
def test_double_click_creates_one_handover_and_shows_its_link(ada: Client, handover: str) -> None:
    def click(_number: int) -> str:
        browser = Client()
        browser.cookies = ada.cookies
        target = browser.post(handover, GUEST).headers["Location"]
        database.close()
        return str(target)

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(click, range(2))) == [handover, handover]

    assert Email.objects.filter(address=GUEST["email"]).count() == 1
    link = Email.objects.get(address=GUEST["email"]).text.partition("/handover/")[2].split()[0]
    assert link in ada.get(handover).content.decode()
    assert link not in ada.get(handover).content.decode()


def test_changed_form_is_not_a_double_click(ada: Client, handover: str) -> None:
    ada.post(handover, GUEST)
    ada.post(handover, GUEST | {"email": "other@example.com"})

    assert Handover.objects.filter(email__in=[GUEST["email"], "other@example.com"]).count() == 2


def test_refused_form_can_be_sent_again(ada: Client, handover: str) -> None:
    for _attempt in range(2):
        assert b"errorlist" in ada.post(handover, GUEST | {"email": "no address"}).content

    assert not SentForm.objects.exists()


def test_second_request_shows_the_message_of_the_first(world: World) -> None:
    sue = Client()
    sue.force_login(world.people["support"])
    retry_url = reverse("operations:email_retry", args=[world.known["email_pk"]])

    sue.post(retry_url, {TOKEN: "1"})
    sue.cookies.pop("messages")
    page = sue.post(retry_url, {TOKEN: "1"}, follow=True)

    assert b"The email is being sent again" in page.content or b"was already sent" in page.content


@pytest.mark.parametrize("token", ["\0", "a" * 100_000, "\ufffe", "'"])
def test_any_token_is_accepted(ada: Client, handover: str, token: str) -> None:
    assert ada.post(handover, GUEST | {TOKEN: token}).status_code == 302


def test_sent_forms_are_deleted_after_a_day(ada: Client, handover: str) -> None:
    ada.post(handover, GUEST)
    prune_now("sent-forms")
    assert SentForm.objects.exists()

    with travel(timezone.now() + REMEMBERED * 1.1):
        prune_now("sent-forms")
    assert not SentForm.objects.exists()
