"""Which emails invitations send, to whom, and how often."""

import re
import time
from collections.abc import Callable

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings
from time_machine import travel

from accounts.models import Invitation, OrgUnit, User
from accounts.rate_limits import use_limit
from tests.wizard.pages.reading import words

from .invitations import accept, invite_at, link_after, typed

pytestmark = pytest.mark.django_db


def test_link_is_emailed_only_to_the_invited_person(invited: str, mailoutbox: list[EmailMessage]) -> None:
    [email] = mailoutbox
    assert email.recipients() == ["nora@example.com"]
    assert f"{settings.SITE_URL}{invited}" in str(email.body)


def sent_to(client: Client, root: OrgUnit, email: str) -> str:
    """Return what the inviter reads, without the address."""
    return words(client.post(invite_at(root.customer), typed(root, email=email), follow=True)).replace(email, "…")


@pytest.mark.parametrize("state", ["active", "deactivated"])
def test_inviter_does_not_learn_of_an_account_at_another_customer(
    state: str, administrator: User, stranger: User, support: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    User.objects.filter(pk__in=[stranger.pk, support.pk]).update(is_active=state == "active")
    client = browser_of(administrator)

    answers = [sent_to(client, root, email) for email in (stranger.email, support.email, "unknown@example.com")]

    pattern = [re.sub(r"….*", "", answer) for answer in answers]
    assert len(set(pattern)) == 1
    assert "We are emailing the invitation to …" in answers[0]
    assert Invitation.objects.open().count() == 3
    owners = [stranger.email, support.email] if state == "active" else []
    assert [email.to for email in mail.outbox] == [[address] for address in (*owners, "unknown@example.com")]


def test_user_of_another_customer_is_emailed_how_to_continue(
    administrator: User, stranger: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    sent_to(browser_of(administrator), root, stranger.email)

    [email] = mail.outbox
    assert email.to == [stranger.email]
    assert "already has an account" in str(email.body)
    assert "/invitation/" not in str(email.body)


def test_first_accepted_invitation_counts_when_two_customers_invite_one_address(
    administrator: User, stranger: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    first = link_after(browser_of(administrator).post(invite_at(root.customer), typed(root)))
    assert stranger.customer
    assert stranger.home_org_unit
    page = browser_of(stranger).post(invite_at(stranger.customer), typed(stranger.home_org_unit), follow=True)
    second = link_after(page)
    assert "We are emailing the invitation to nora@example.com" in words(page)

    accept(Client(), second)
    answer = accept(Client(), first)

    assert User.objects.get(email="nora@example.com").customer == stranger.customer
    assert "Your email address already has an account." in words(answer)


def test_invitations_to_one_address_are_limited_per_minute_and_day(
    administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    client, start = browser_of(administrator), time.time()
    client.post(invite_at(root.customer), typed(root))
    (invitation,) = Invitation.objects.all()
    renew = reverse("accounts:renew", args=[invitation.pk])

    assert "You can send the next one in 1 minute." in words(client.post(renew, follow=True))
    for minute in range(1, 5):
        with travel(start + 61 * minute):
            client.post(renew)
    with travel(start + 600):
        assert "You can send the next one in 23 hours." in words(client.post(renew, follow=True))

    assert len(mail.outbox) == 5


def test_other_addresses_of_one_mailbox_share_its_limit(
    administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    client = browser_of(administrator)
    client.post(invite_at(root.customer), typed(root))

    page = client.post(invite_at(root.customer), typed(root, email="nora+second@example.com"))

    assert "You can send the next one in 1 minute." in words(page)
    assert len(mail.outbox) == 1


def test_user_sends_at_most_100_invitations_a_day(
    administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    for _ in range(100):
        use_limit("invitations_by_user", administrator.pk)

    page = browser_of(administrator).post(invite_at(root.customer), typed(root))

    assert "You have sent the most emails one user can send in one day." in words(page)
    assert not mail.outbox


def test_refused_invitation_is_not_stored(
    administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    client = browser_of(administrator)
    client.post(invite_at(root.customer), typed(root))
    (invitation,) = Invitation.objects.all()
    client.post(reverse("accounts:revoke", args=[invitation.pk]))

    page = client.post(invite_at(root.customer), typed(root))

    assert "You can send the next one in" in words(page)
    assert not Invitation.objects.open().exists()


def test_the_link_does_not_follow_the_host_header(
    administrator: User, root: OrgUnit, browser_of: Callable[[User], Client], settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["*"]

    browser_of(administrator).post(invite_at(root.customer), typed(root), headers={"host": "evil.example.net"})

    [email] = mail.outbox
    assert f"{settings.SITE_URL}/account/invitation/" in str(email.body)
    assert "evil" not in f"{email.subject} {email.body}"
