"""A link that was not delivered."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEvent
from mail.models import Email
from mail.services import email_record_bounce
from tests.wizard.pages.handovers.guest import GUEST, stage
from tests.wizard.pages.reading import main, words
from wizard.models import Connection, Handover


@pytest.fixture
def bounced(link: str) -> Handover:
    email = Email.objects.get()
    Email.objects.update(state="done", sent_at=timezone.now())
    email_record_bounce(email=email, reply="550 no such user")
    return Handover.objects.get()


def test_bounce_is_shown_to_the_administrator(
    browser_of_ada: Client, bounced: Handover, page: str, answered: Connection
) -> None:
    card = browser_of_ada.get(page)
    assert "The email to ida@example.com was not delivered" in words(card)
    assert "Not delivered" in words(card)
    assert "The link for Ida Intacct was not delivered to ida@example.com." in words(
        browser_of_ada.get(stage(answered, "user_role"))
    )
    assert main(card).xpath("//a[text()='Correct the address']")


def test_corrected_address_gets_a_new_link_and_the_old_link_ends(
    browser_of_ada: Client, bounced: Handover, link: str, answered: Connection
) -> None:
    address = reverse("wizard:handover_address", args=[answered.pk, bounced.pk])

    sent = browser_of_ada.post(address, {"email": "ida.intacct@example.com"}, follow=True)

    assert "We’ve emailed this link to ida.intacct@example.com" in words(sent)
    assert "Not delivered" not in words(sent)
    assert Client().get(link, follow=True).status_code == 404
    assert Email.objects.latest("pk").address == "ida.intacct@example.com"
    assert AuditEvent.objects.get(action="handover.address_corrected").metadata["guest"] == "Ida Intacct"


def test_address_of_another_guest_is_refused(
    browser_of_ada: Client, bounced: Handover, page: str, answered: Connection
) -> None:
    browser_of_ada.post(page, GUEST | {"name": "Ron", "email": "ron@example.com"})
    address = reverse("wizard:handover_address", args=[answered.pk, bounced.pk])

    refused = browser_of_ada.post(address, {"email": "ron@example.com"})

    assert "ron@example.com already has a handover of this connection." in words(refused)
