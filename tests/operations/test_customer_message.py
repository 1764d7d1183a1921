"""The message that tells a customer's administrator what is missing."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import OrgUnit, Role, User
from audit.models import AuditEvent
from mail.models import Email
from tests.support.users import create_user
from tests.wizard.pages.reading import main, words
from wizard.models import Connection, Finding


@pytest.fixture
def address(connection: Connection) -> str:
    return reverse("operations:connection", args=[connection.pk])


@pytest.fixture
def chloe(root: OrgUnit) -> User:
    return create_user(
        "Chloé Racine", Role.SYSTEM_ADMINISTRATOR, home=root, email="chloe@example.com", language="fr-ca"
    )


def emailed() -> list[tuple[str, str]]:
    return list(Email.objects.order_by("pk").values_list("address", "language"))


def test_what_is_emailed_is_what_the_page_shows_and_copies(
    browser_of_cleo: Client, administrator: User, address: str
) -> None:
    page = main(browser_of_cleo.get(address))
    text = page.xpath('.//pre[@id="message-text"]')[0].text_content()
    assert page.xpath('.//button[@data-copy="message-text"]')
    assert "Vendors" in text
    assert "/connection/" in text

    browser_of_cleo.post(f"{address}message/", {"recipient": administrator.pk})

    email = Email.objects.get()
    assert (email.address, email.kind) == (administrator.email, "what_is_missing")
    assert email.text.startswith(text)
    assert email.subject in words(browser_of_cleo.get(address))


def test_message_is_in_the_language_of_its_reader(browser_of_cleo: Client, chloe: User, address: str) -> None:
    chosen = main(browser_of_cleo.get(f"{address}?to={chloe.pk}"))
    message = chosen.xpath('.//pre[@id="message-text"]')[0]

    assert (message.get("lang"), message.text_content().split()[:2]) == ("fr-ca", ["Bonjour", "Chloé,"])
    assert chosen.xpath('.//details[@open]//pre[@id="message-text"]')
    assert chosen.xpath(f'.//select[@name="to"]/option[@value="{chloe.pk}"][@selected]')

    browser_of_cleo.post(f"{address}message/", {"recipient": chloe.pk})
    assert emailed() == [("chloe@example.com", "fr-ca")]


def test_paths_in_the_message_are_those_of_its_readers_menu(
    browser_of_cleo: Client, administrator: User, address: str
) -> None:
    User.objects.filter(pk=administrator.pk).update(has_older_menu=True)

    browser_of_cleo.post(f"{address}message/", {"recipient": administrator.pk})

    assert "Company → Roles → Beanworks API → Edit → View Subscriptions" in Email.objects.get().text


def test_same_message_is_emailed_once_a_day(browser_of_cleo: Client, administrator: User, address: str) -> None:
    browser_of_cleo.post(f"{address}message/", {"recipient": administrator.pk})
    page = browser_of_cleo.post(f"{address}message/", {"recipient": administrator.pk}, follow=True)

    assert "The same message was already emailed to this user today." in words(page)
    assert "Last emailed to Ada Root on" in words(page)
    assert len(emailed()) == 1

    Finding.objects.filter(outcome="failed").delete()
    browser_of_cleo.post(f"{address}message/", {"recipient": administrator.pk})
    assert len(emailed()) == 2


def test_email_is_in_the_audit_log(browser_of_cleo: Client, administrator: User, address: str, success: User) -> None:
    browser_of_cleo.post(f"{address}message/", {"recipient": administrator.pk})
    event = AuditEvent.objects.get(action="message.emailed")
    assert (event.actor_id, event.customer_id) == (success.pk, administrator.customer_id)
    assert event.sentence == "Emailed Ada Root what is missing"


@pytest.mark.parametrize("recipient", ["", "0", "x", "stranger", "inactive"])
def test_only_administrators_of_the_customer_get_it(
    browser_of_cleo: Client, administrator: User, stranger: User, address: str, recipient: str
) -> None:
    if recipient == "inactive":
        User.objects.filter(pk=administrator.pk).update(is_active=False)
    keys = {"stranger": stranger.pk, "inactive": administrator.pk}
    page = browser_of_cleo.post(f"{address}message/", {"recipient": keys.get(recipient, recipient)}, follow=True)
    assert "Choose someone else" in words(page)
    assert emailed() == []


def test_without_a_failed_check_it_names_the_next_step(
    browser_of_cleo: Client, connection: Connection, administrator: User, address: str
) -> None:
    Finding.objects.all().delete()
    Connection.objects.update(stage="sender_id", stage_since=timezone.now())
    page = words(browser_of_cleo.get(address))
    assert "No check failed Next action: Continue with step 3" in page
    assert "waiting for step 3: Sender ID" in page
