"""What the administrator who hands steps over sees and does."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import OrgUnit, User
from audit.models import AuditEvent
from mail.models import Email
from tests.wizard.pages.handovers.guest import GUEST, LOST_RIGHTS, end, stage
from tests.wizard.pages.reading import chosen, main, words
from wizard import services
from wizard.models import Connection, Handover, StageProgress


def test_only_open_steps_are_selected(browser_of_ada: Client, answered: Connection, page: str) -> None:
    assert chosen(browser_of_ada.get(page), "stages") == ["user_role", "sender_id", "custom_field", "credentials"]

    StageProgress.objects.create(connection=answered, stage="sender_id", attested_at=timezone.now())

    assert chosen(browser_of_ada.get(page), "stages") == ["user_role", "custom_field", "credentials"]


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("name", "Ida\u202eatni"),
        ("name", "Ida\r\nSubject: x"),
        ("name", "I" * 121),
        ("email", "i" * 276 + "@example.com"),
        ("note", "n" * 1001),
        ("note", "n\x00"),
        ("stages", ["sync_profile"]),
    ],
)
def test_invalid_value_is_refused_at_its_field(field: str, bad: object, browser_of_ada: Client, page: str) -> None:
    answer = browser_of_ada.post(page, GUEST | {field: bad})

    assert list(answer.context["form"].errors) == [field]
    assert not Handover.objects.exists()


def test_page_shows_that_the_link_was_emailed_and_how_far_the_guest_is(
    browser_of_ada: Client, link: str, page: str, answered: Connection
) -> None:
    Email.objects.update(state="done", sent_at=timezone.now())
    ida = Client(headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/150"})
    ida.get(link, follow=True)
    ida.post("/handover/")
    ida.post(stage(answered, "sender_id", "attest"))

    card = words(browser_of_ada.get(page))

    assert re.search(r"Emailed .* · opened .* · Chrome, Windows · 1 of 3 done", card)
    assert ".." not in card


def test_steps_are_printed_instead(browser_of_ada: Client, page: str) -> None:
    paper = words(browser_of_ada.post(page, {"print": "1", "stages": ["sender_id"]}, follow=True))

    assert "BeanworksMPP" in paper
    assert "Link to Beanworks Invoice" not in paper
    assert not Email.objects.exists()


def test_printout_contains_every_value_and_permission(browser_of_ada: Client, answered: Connection) -> None:
    paper = words(browser_of_ada.get(reverse("wizard:printout", args=[answered.pk])))
    for text in ("Beanworks API", "BeanworksMPP", "BEANWORKS", "Link to Beanworks Invoice", "Transaction Allocations"):
        assert text in paper


def test_administrator_previews_what_the_guest_sees_and_cannot_act(
    browser_of_ada: Client, link: str, answered: Connection, page: str
) -> None:
    preview = reverse("wizard:handover_preview", args=[answered.pk, Handover.objects.get().pk])
    assert "This is a preview of what Ida Intacct sees." in words(browser_of_ada.get(preview))

    step = browser_of_ada.post(preview, follow=True)

    assert "This is a preview of what Ida Intacct sees." in words(step)
    assert not main(step).xpath(".//button[normalize-space() = 'Mark as done']")
    assert browser_of_ada.post(stage(answered, "sender_id", "attest")).status_code == 403
    assert browser_of_ada.get(stage(answered, "sync_profile")).status_code == 404
    assert Handover.objects.get().opened_at is None

    browser_of_ada.get(page)
    assert browser_of_ada.get(stage(answered, "sync_profile")).status_code == 200


def test_ended_handover_cannot_be_ended_again(browser_of_ada: Client, answered: Connection, link: str) -> None:
    end = reverse("wizard:handover_revoke", args=[answered.pk, Handover.objects.get().pk])
    browser_of_ada.post(end)

    page = browser_of_ada.get(end, follow=True)

    assert "This handover was revoked." in words(page)
    assert page.redirect_chain


@pytest.mark.parametrize("reason", LOST_RIGHTS)
def test_another_administrator_takes_over_a_stopped_handover(
    reason: str,
    ida: Client,
    browser_of_bea: Client,
    answered: Connection,
    administrator: User,
    branch: OrgUnit,
    page: str,
) -> None:
    end(reason, administrator, branch)
    assert "Ada Root can no longer change this connection" in words(browser_of_bea.get(page))
    take_over = reverse("wizard:handover_take_over", args=[answered.pk, Handover.objects.get().pk])

    after = words(browser_of_bea.post(take_over, follow=True))

    assert re.search(r"Taken over .* · Bea Root", after)
    assert "Stopped" not in after
    assert ida.get(stage(answered, "user_role")).status_code == 200
    event = AuditEvent.objects.get(action="handover.taken_over")
    assert (event.actor_name, event.metadata["guest"]) == ("Bea Root", "Ida Intacct")


def test_own_or_ended_handover_cannot_be_taken_over(
    link: str, browser_of_ada: Client, browser_of_bea: Client, answered: Connection, administrator: User, page: str
) -> None:
    handover = Handover.objects.get()
    take_over = reverse("wizard:handover_take_over", args=[answered.pk, handover.pk])
    assert take_over not in browser_of_ada.get(page).content.decode()

    browser_of_ada.post(take_over)
    services.handover_revoke(handover=handover, actor=administrator)
    browser_of_bea.post(take_over)

    assert not AuditEvent.objects.filter(action="handover.taken_over").exists()
