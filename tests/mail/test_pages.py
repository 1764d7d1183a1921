"""Everybody chooses their mails; in practice mode all can be read; support sees what did not arrive, not its words."""

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html
from pytest_django.fixtures import Settings

from accounts.models import Customer, OrgUnit, Role, User
from audit.models import AuditEvent
from mail.kinds import KINDS
from mail.models import Mail
from tests.wizard_pages.reading import chosen, words
from wizard.models import Connection

from .conftest import person, written

pytestmark = pytest.mark.django_db

CHOICES = reverse("mail:choices")
MAILS = reverse("operations:mails")


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def given_up(customer: Customer | None = None, kind: str = "profile_approved") -> Mail:
    mail = written(kind=kind)
    mail.state, mail.trouble, mail.reply, mail.attempts = "done", "address", "550 no such user", 1
    mail.customer = customer
    mail.save()
    return mail


def test_everything_that_fits_a_person_is_ticked_until_they_choose(administrator: User) -> None:
    client = browser_of(administrator)
    assert len(chosen(client.get(CHOICES), "wanted")) == 5
    client.post(CHOICES, {"wanted": ["incident_opened", "sync_failed"]})
    assert chosen(client.get(CHOICES), "wanted") == ["incident_opened", "sync_failed"]
    client.post(CHOICES, {})
    assert chosen(client.get(CHOICES), "wanted") == []
    assert AuditEvent.objects.filter(action="mail.chosen").count() == 2


def test_somebody_who_only_syncs_chooses_about_syncs(root: OrgUnit) -> None:
    page = browser_of(person("ines", Role.INVOICE_ADMINISTRATOR, root)).get(CHOICES)
    assert chosen(page, "wanted") == ["sync_failed"]


def test_what_does_not_fit_a_person_cannot_be_chosen(administrator: User) -> None:
    page = browser_of(administrator).post(CHOICES, {"wanted": ["profile_requested"]})
    assert "is not one of the available choices" in words(page)


def test_every_kind_has_its_words_and_somebody_whom_it_fits_or_always_goes(administrator: User, support: User) -> None:
    people = [administrator, support]
    assert all(kind.always or any(kind.fits(each) for each in people) for kind in KINDS)


def test_a_new_password_is_asked_for_through_the_outbox(administrator: User, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "mail.backend.Outbox"
    administrator.set_password("a long enough password")
    administrator.save()
    Client().post(reverse("account_reset_password"), {"email": administrator.email})
    mail = Mail.objects.get()
    assert (mail.kind, mail.address, mail.user, mail.customer) == (
        "account", administrator.email, administrator, administrator.customer,
    )  # fmt: skip
    assert "/accounts/password/reset/" in mail.text


def test_in_practice_mode_a_mail_is_shown_as_html_and_text(client: Client) -> None:
    mail = written()
    assert "Approved" in words(client.get(reverse("mailbox:mailbox")))
    page = client.get(reverse("mailbox:mail", args=[mail.pk]))
    [frame] = html.fromstring(page.content).iter("iframe")
    assert frame.get("srcdoc") == "<p>It is approved.</p>"
    assert "allow-scripts" not in frame.get("sandbox", "")
    assert "It is approved." in words(page)


def test_support_sees_what_did_not_arrive_and_why_but_not_its_words(support: User, customer: Customer) -> None:
    given_up(customer)
    page = words(browser_of(support).get(MAILS))
    assert "A request is approved" in page
    assert "ada@example.com Hillside Foods" in page
    assert "The mail server refuses this address 550 no such user Failed 1 attempt" in page
    assert "It is approved." not in page


def test_what_was_never_tried_or_has_arrived_is_not_listed(support: User) -> None:
    written()
    assert "Every mail has arrived" in words(browser_of(support).get(MAILS))


def test_support_has_a_mail_sent_again(support: User) -> None:
    mail = given_up()
    page = browser_of(support).post(reverse("operations:mail_again", args=[mail.pk]), follow=True)
    assert "It is being sent again" in words(page)
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == ("queued", 0)
    assert AuditEvent.objects.get(action="mail.tried_again").actor_name == "Sue Support"


def test_what_held_a_secret_cannot_be_sent_again(support: User) -> None:
    mail = given_up(kind="account")
    Mail.objects.filter(pk=mail.pk).update(text="", html="")
    client = browser_of(support)
    assert "A new one has to be sent" in words(client.get(MAILS))
    page = client.post(reverse("operations:mail_again", args=[mail.pk]), follow=True)
    assert "nothing to send again" in words(page)


def test_a_failed_mail_shows_on_its_customers_page_and_no_others(support: User, customer: Customer) -> None:
    connection = Connection.objects.create(customer=customer)
    other = Connection.objects.create(customer=Customer.objects.create(name="Seaside"))
    given_up(customer)
    client = browser_of(support)
    shown = [words(client.get(reverse("operations:connection", args=[each.pk]))) for each in (connection, other)]
    assert ["A mail could not be delivered" in page for page in shown] == [True, False]
