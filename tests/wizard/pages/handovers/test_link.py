"""The link of a handover: it opens once, for the guest only, until the handover ends."""

import re
import time

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings
from time_machine import travel

from accounts.models import OrgUnit, User
from audit.models import AuditEvent
from mail.models import Email
from tests.wizard.pages.handovers.guest import GUEST, LOST_RIGHTS, end, stage
from tests.wizard.pages.reading import words
from wizard.models import Connection, Handover, StageProgress


def test_link_is_emailed_only_to_the_guest(link: str) -> None:
    mail = Email.objects.get()
    assert (mail.kind, mail.address) == ("handover", "ida@example.com")
    assert mail.text.count(link) == 1


def test_token_is_stored_only_as_a_hash(link: str, ida: Client) -> None:
    token = link.rstrip("/").rpartition("/")[2]
    assert len(token) >= 43
    assert token not in str(list(Handover.objects.values()))
    assert token not in str(list(AuditEvent.objects.values()))
    assert re.fullmatch(r"[0-9a-f]{64}", Handover.objects.get().token_hash)


def test_link_opens_in_one_browser_only(link: str, ida: Client, answered: Connection) -> None:
    assert ida.get(stage(answered, "user_role")).status_code == 200
    assert ida.get(link, follow=True).status_code == 200
    other = Client()
    assert "This link is open in another browser" in words(other.get(link, follow=True))
    assert other.get(stage(answered, "user_role")).status_code == 302


def test_link_is_shown_once_with_the_address_it_was_emailed_to(browser_of_ada: Client, page: str) -> None:
    sent = words(browser_of_ada.post(page, GUEST, follow=True))

    assert "We’ve emailed this link to ida@example.com" in sent
    assert "We’ve emailed" not in words(browser_of_ada.get(page))


def test_the_link_does_not_follow_the_host_header(browser_of_ada: Client, page: str, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]

    shown = browser_of_ada.post(page, GUEST, headers={"host": "evil.example.net"})

    mail = Email.objects.get()
    assert f"{settings.SITE_URL}/handover/" in mail.text
    assert "evil" not in f"{mail.subject} {mail.text} {mail.html} {shown.content.decode()}"


@pytest.mark.parametrize("reason", ["expired", "revoked", *LOST_RIGHTS])
def test_link_stops_working(
    ida: Client, link: str, answered: Connection, administrator: User, branch: OrgUnit, reason: str
) -> None:
    end(reason, administrator, branch)
    assert ida.get(stage(answered, "user_role")).status_code == 302
    assert ida.post(stage(answered, "user_role", "attest")).status_code == 302
    assert not StageProgress.objects.filter(stage="user_role", attested_at__isnull=False).exists()
    assert Client().get(link, follow=True).status_code == 404


def test_new_link_replaces_the_old_one(browser_of_ada: Client, ida: Client, answered: Connection) -> None:
    handover = Handover.objects.get()
    with travel(time.time() + 90):
        browser_of_ada.post(reverse("wizard:handover_renew", args=[answered.pk, handover.pk]))
    assert ida.get(stage(answered, "user_role")).status_code == 302
    assert Email.objects.count() == 2


def test_dead_link_creates_no_session(answered: Connection) -> None:
    before = Session.objects.count()

    for dead in ("/handover/guess/", "/handover/", "/account/invitation/guess/", "/account/invitation/"):
        assert Client().get(dead, follow=True).status_code in (404, 410)

    assert Session.objects.count() == before
