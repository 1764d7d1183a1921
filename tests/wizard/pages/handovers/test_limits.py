"""Limits of links, guesses and emails."""

import time

import pytest
from django.test import Client
from django.urls import reverse
from time_machine import travel

from mail.models import Email
from tests.wizard.pages.handovers.guest import GUEST, stage
from tests.wizard.pages.reading import words
from wizard.models import Connection, Handover


def test_guessed_links_are_limited(answered: Connection) -> None:
    client = Client()
    answers = [client.get(f"/handover/guess-{number}/", follow=True) for number in range(25)]
    assert {answer.status_code for answer in answers[:20]} == {404}
    assert answers[-1].status_code == 429
    assert "You can open the next one in 1 minute." in words(answers[-1])
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


def test_link_works_after_guesses_from_the_same_address(link: str) -> None:
    for number in range(25):
        Client().get(f"/handover/guess-{number}/")

    assert Client().get(link, follow=True).status_code == 200


def test_limit_for_one_dead_link_does_not_affect_other_links(answered: Connection) -> None:
    answers = [Client().get("/handover/old-link/", follow=True).status_code for _ in range(30)]

    assert answers[4:6] == [404, 429]
    assert Client().get("/handover/another-old-link/", follow=True).status_code == 404


def test_new_links_for_other_devices_are_limited(link: str, ida: Client, answered: Connection) -> None:
    other = Client()
    other.get(link)

    refused = other.post("/handover/another-device/")

    assert refused.status_code == 429
    assert "You can send the next one in 1 minute." in words(refused)
    assert ida.get(stage(answered, "user_role")).status_code == 200


def test_emails_to_one_guest_are_limited(browser_of_ada: Client, link: str, answered: Connection, page: str) -> None:
    start = time.time()
    renew = reverse("wizard:handover_renew", args=[answered.pk, Handover.objects.get().pk])

    refused = browser_of_ada.post(page, GUEST | {"note": "Once more.", "email": "IDA@example.com"})
    assert "You can send the next one in 1 minute." in words(refused)
    assert "Once more." in words(refused)
    for minute in range(1, 5):
        with travel(start + 61 * minute):
            browser_of_ada.post(renew)
    with travel(start + 600):
        assert "You can send the next one in 23 hours." in words(browser_of_ada.post(renew, follow=True))

    assert Email.objects.count() == 5


def test_other_address_of_the_same_mailbox_has_the_same_limit(browser_of_ada: Client, link: str, page: str) -> None:
    refused = browser_of_ada.post(page, GUEST | {"email": "ida+second@example.com"})

    assert "You can send the next one in 1 minute." in words(refused)
    assert Email.objects.count() == 1


def test_current_link_still_works_after_a_refused_email(
    browser_of_ada: Client, ida: Client, answered: Connection
) -> None:
    browser_of_ada.post(reverse("wizard:handover_renew", args=[answered.pk, Handover.objects.get().pk]))

    assert ida.get(stage(answered, "user_role")).status_code == 200


@pytest.mark.slow
def test_user_can_send_fifty_handovers_a_day(browser_of_ada: Client, page: str) -> None:
    for number in range(50):
        browser_of_ada.post(page, GUEST | {"email": f"guest{number}@example.com"})
    last = browser_of_ada.post(page, GUEST | {"email": "guest50@example.com"}, follow=True)

    assert "You have sent the most emails one user can send in one day." in words(last)
    assert Email.objects.count() == 50
