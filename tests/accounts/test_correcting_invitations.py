"""An invitation with a wrong address or role is corrected without typing the rest again."""

import time
from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from time_machine import travel

from accounts.models import Invitation, OrgUnit, User
from accounts.services import Refused, invitation_correct
from tests.wizard.pages.reading import main, words

from .invitations import USERS, accept, invite_at, is_dead, link_after, typed

pytestmark = pytest.mark.django_db


def correct_at(invitation: Invitation) -> str:
    return reverse("accounts:correct", args=[invitation.pk])


def test_corrected_invitation_goes_to_the_new_address_only(
    invited: str, administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    client, invitation = browser_of(administrator), Invitation.objects.get()

    form = main(client.get(correct_at(invitation)))
    assert form.xpath('.//input[@name="email"]/@value') == ["nora@example.com"]
    assert form.xpath('.//input[@name="roles"][@checked]/@value') == ["po_administrator", "invoice_exporter"]
    link = link_after(client.post(correct_at(invitation), typed(root, email="nora@example.org")))

    assert is_dead(invited)
    assert mail.outbox[-1].to == ["nora@example.org"]
    accept(Client(), link)
    assert User.objects.get(email="nora@example.org").role_names() == set(invitation.roles)
    assert client.post(correct_at(invitation), typed(root)).status_code == 404


def test_invitation_stays_if_its_correction_is_refused(
    invited: str, administrator: User, exporter: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    client, invitation = browser_of(administrator), Invitation.objects.get()

    refused = client.post(correct_at(invitation), typed(root, name="Nora Newer", email=exporter.email))

    assert "eli@example.com already has an account." in words(refused)
    assert main(refused).xpath('.//input[@name="name"]/@value') == ["Nora Newer"]
    assert not is_dead(invited)


def test_invitation_that_was_just_canceled_is_not_corrected(invited: str, administrator: User, root: OrgUnit) -> None:
    invitation = Invitation.objects.get()
    Invitation.objects.update(revoked_at="2026-01-01T00:00Z")

    with pytest.raises(Refused, match="just been accepted, renewed or canceled"):
        invitation_correct(invitation=invitation, actor=administrator, email="nora@example.org")
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize(("email", "inviter"), [("nora@example.org", "Sue Support"), ("nora@example.com", "Ada Root")])
def test_user_who_chose_the_address_is_the_inviter(
    email: str, inviter: str, invited: str, support: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    """No one decides requests of a user whom they invited. Another user's correction must not end that."""
    with travel(time.time() + 90):
        browser_of(support).post(correct_at(Invitation.objects.get()), typed(root, email=email))

    assert str(Invitation.objects.open().get().invited_by) == inviter


def test_support_corrects_the_team_of_a_colleague(support: User, browser_of: Callable[[User], Client]) -> None:
    client = browser_of(support)
    fields = {"name": "Nora", "email": "nora@example.com", "language": "en", "kind": "customer_success"}
    assert client.post(reverse("accounts:invite_staff"), fields).headers["Location"] == USERS

    with travel(time.time() + 90):
        client.post(correct_at(Invitation.objects.get()), fields | {"kind": "support"})

    assert Invitation.objects.open().get().kind == "support"


def test_support_sees_invitations_of_a_customer_on_its_page_only(
    support: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    client = browser_of(support)

    page = client.post(invite_at(root.customer), typed(root), follow=True)

    assert page.request["PATH_INFO"] == reverse("accounts:customer", args=[root.customer_id])
    assert "nora@example.com" in " ".join(main(page).xpath("string(//*[@id='invitations'])").split())
    assert "nora@example.com" not in words(client.get(USERS))


def test_pending_invitations_are_shown_in_pages_of_their_own(
    support: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    Invitation.objects.bulk_create(
        Invitation(
            email=f"user{number}@example.com", name=f"User {number}", customer=root.customer, home_org_unit=root,
            token_hash=str(number), invited_by=support, expires_at="2099-01-01T00:00Z",
        )
        for number in range(30)
    )  # fmt: skip
    client, address = browser_of(support), reverse("accounts:customer", args=[root.customer_id])

    (following,) = main(client.get(address)).xpath("//a[@rel='next']/@href")

    assert following == "?invitations=2"
    assert "26 to 30 of 30" in words(client.get(address + following))
