"""Users choose their emails; in practice mode all emails can be read; support sees which did not arrive, without their
text.
"""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html
from pytest_django.fixtures import Settings

from accounts.models import Customer, OrgUnit, Role, User
from audit.models import AuditEvent
from mail.kinds import EMAIL_KINDS
from mail.models import Email
from tests.support.users import create_user
from tests.wizard.pages.reading import chosen, edit, words
from wizard.models import Connection

from .conftest import write_email

pytestmark = pytest.mark.django_db

CHOICES = reverse("mail:choices")
EMAILS = reverse("operations:emails")


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def create_failed_email(customer: Customer | None = None, kind: str = "profile_approved") -> Email:
    email = write_email(kind=kind)
    email.state, email.failure_reason, email.reply, email.attempts = "done", "address", "550 no such user", 1
    email.customer = customer
    email.save()
    return email


def test_all_kinds_for_a_user_are_selected_until_they_choose(administrator: User) -> None:
    client = browser_of(administrator)
    assert len(chosen(client.get(CHOICES), "wanted")) == 13
    edit(client, CHOICES, {"wanted": ["incident_opened", "sync_failed"]})
    assert chosen(client.get(CHOICES), "wanted") == ["incident_opened", "sync_failed"]
    edit(client, CHOICES, {})
    assert chosen(client.get(CHOICES), "wanted") == []
    assert AuditEvent.objects.filter(action="email.choices_saved").count() == 2


def test_user_who_only_syncs_chooses_only_about_syncs(root: OrgUnit) -> None:
    page = browser_of(create_user("Ines", Role.INVOICE_ADMINISTRATOR, home=root)).get(CHOICES)
    assert chosen(page, "wanted") == ["sync_failed", "first_sync_ended", "sync_missed"]


def test_kind_for_other_users_cannot_be_chosen(administrator: User) -> None:
    page = edit(browser_of(administrator), CHOICES, {"wanted": ["profile_requested"]})
    assert "is not one of the available choices" in words(page)


def test_every_kind_can_be_chosen_by_some_user_or_is_always_sent(
    administrator: User, support: User, success: User
) -> None:
    users = [administrator, support, success]
    assert all(kind.always or any(kind.fits(user) for user in users) for kind in EMAIL_KINDS.values())


def test_password_reset_email_goes_through_the_outbox(administrator: User, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "mail.backend.Outbox"
    administrator.set_password("a long enough password")
    administrator.save()
    Client().post(reverse("account_reset_password"), {"email": administrator.email})
    email = Email.objects.get()
    assert (email.kind, email.address, email.user, email.customer) == (
        "account", administrator.email, administrator, administrator.customer,
    )  # fmt: skip
    assert "/accounts/password/reset/" in email.text


def test_outbox_shows_an_email_as_html_and_text(client: Client) -> None:
    email = write_email()
    assert "Approved" in words(client.get(reverse("outbox:emails")))
    page = client.get(reverse("outbox:email", args=[email.pk]))
    [frame] = html.fromstring(page.content).iter("iframe")
    shown = client.get(frame.get("src", ""))
    assert shown.content.decode() == "<p>It is approved.</p>"
    assert "script-src" not in shown.headers["Content-Security-Policy"]
    assert "allow-scripts" not in frame.get("sandbox", "")
    assert "It is approved." in words(page)
    assert "Language English" in words(page)


def test_outbox_links_addresses_and_keeps_the_punctuation_around_them(client: Client) -> None:
    email = write_email()
    Email.objects.filter(pk=email.pk).update(text="<b> See (http://a.test/x/). Or open http://a.test/?y=1&z=2.")

    page: Any = html.fromstring(client.get(reverse("outbox:email", args=[email.pk])).content)

    [panel] = page.find_class("mail-text")
    assert panel.text_content() == "<b> See (http://a.test/x/). Or open http://a.test/?y=1&z=2."
    assert [link.get("href") for link in panel.iter("a")] == ["http://a.test/x/", "http://a.test/?y=1&z=2"]


def test_support_sees_undelivered_emails_and_reasons_but_no_text(support: User, customer: Customer) -> None:
    create_failed_email(customer)
    page = words(browser_of(support).get(EMAILS))
    assert "A request is approved" in page
    assert "ada@example.com Hillside Foods" in page
    assert "The email server refused this address 550 no such user Failed 1 attempt" in page
    assert "It is approved." not in page


def test_untried_and_delivered_emails_are_not_listed(support: User) -> None:
    write_email()
    assert "All emails were delivered" in words(browser_of(support).get(EMAILS))


def test_support_can_retry_an_email(support: User) -> None:
    email = create_failed_email()
    page = browser_of(support).post(reverse("operations:email_retry", args=[email.pk]), follow=True)
    assert "The email is being sent again" in words(page)
    email.refresh_from_db()
    assert (email.state, email.attempts) == ("queued", 0)
    assert AuditEvent.objects.get(action="email.retried").actor_name == "Sue Support"


def test_email_whose_secret_was_deleted_cannot_be_retried(support: User) -> None:
    email = create_failed_email(kind="account")
    Email.objects.filter(pk=email.pk).update(text="", html="")
    client = browser_of(support)
    assert "If it had a link, send a new one" in words(client.get(EMAILS))
    page = client.post(reverse("operations:email_retry", args=[email.pk]), follow=True)
    assert "it cannot be sent again" in words(page)


def test_failed_email_is_shown_only_on_its_customers_page(support: User, customer: Customer) -> None:
    connection = Connection.objects.create(customer=customer)
    other = Connection.objects.create(customer=Customer.objects.create(name="Seaside"))
    create_failed_email(customer)
    client = browser_of(support)
    shown = [
        words(client.get(reverse("operations:connection", args=[customers_connection.pk])))
        for customers_connection in (connection, other)
    ]
    assert ["An email could not be delivered" in page for page in shown] == [True, False]
