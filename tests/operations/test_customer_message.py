"""The message that tells a customer's administrator what is missing."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import OrgUnit, Role, User
from audit.models import AuditEvent
from mail.models import Email
from tests.support.users import create_user
from tests.wizard.pages.reading import main, words
from wizard.models import Connection, Finding, Question, SyncProfile


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


@pytest.fixture
def text_to_confirm(browser_of_cleo: Client, administrator: User, address: str) -> Callable[[], str]:
    """The message about a connection that lacks only a confirmation by eye."""
    Finding.objects.filter(outcome="failed").update(outcome="cannot_tell", cause="right_unproved")

    def text() -> str:
        [message] = main(browser_of_cleo.get(address)).xpath('.//pre[@id="message-text"]')
        return str(message.text_content())

    return text


def test_what_users_can_confirm_is_not_called_missing(text_to_confirm: Callable[[], str]) -> None:
    Connection.objects.update(stage="smart_sync", stage_since=timezone.now())

    text = text_to_confirm()

    assert "This is still missing" not in text
    assert "waiting for step 7: SmartSync" in text
    assert text.index("waiting for step 7") < text.index("No check failed") < text.index("BC-304")
    assert "/smart_sync/" in text


def test_customer_who_owes_an_answer_is_asked_for_it(text_to_confirm: Callable[[], str], waiting: SyncProfile) -> None:
    SyncProfile.objects.update(state="asked", claimed_at=timezone.now())
    Question.objects.create(profile=waiting, text="Which bank do you use?")

    text = text_to_confirm()

    assert "We asked you a question about Hillside Canada Inc. Your request" in text
    assert "\n> Which bank do you use?\n" in text
    assert "Request a sync profile" not in text


def test_customer_whose_request_was_declined_reads_why(
    text_to_confirm: Callable[[], str], waiting: SyncProfile
) -> None:
    now = timezone.now()
    SyncProfile.objects.update(state="declined", claimed_at=now, decided_at=now, reason="The level is wrong.")
    Connection.objects.update(stage="sync_profile", stage_since=now)

    text = text_to_confirm()

    assert f"cannot approve the API Sync Profile for {waiting} yet. The reason:\n\n> The level is wrong.\n" in text
    assert "waiting for step" not in text

    SyncProfile.objects.create(connection=waiting.connection, legal_entity=waiting.legal_entity)
    assert "The level is wrong." not in text_to_confirm()


def test_nothing_is_sent_to_a_customer_who_has_nothing_to_do(
    browser_of_cleo: Client, text_to_confirm: Callable[[], str], address: str
) -> None:
    Connection.objects.update(must_act=Connection.MustAct.NO_ONE)

    page = browser_of_cleo.get(address)

    assert "Next action: Nothing to do" in words(page)
    assert not main(page).xpath('.//pre[@id="message-text"]')
    assert "Email this to" not in words(page)


def test_without_a_failed_check_it_names_the_next_step(
    browser_of_cleo: Client, connection: Connection, administrator: User, address: str
) -> None:
    Finding.objects.all().delete()
    Connection.objects.update(stage="sender_id", stage_since=timezone.now())
    page = words(browser_of_cleo.get(address))
    assert "No check failed Next action: Continue with step 3" in page
    assert "waiting for step 3: Sender ID" in page
