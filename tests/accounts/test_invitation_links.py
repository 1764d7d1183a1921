"""What the link of an invitation does, and when it no longer works."""

import logging
import time
from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse
from time_machine import travel

from accounts import services
from accounts.models import Invitation, OrgUnit, Role, User
from audit.models import AuditEvent
from tests.wizard.pages.reading import main, value_of, words

from .invitations import PASSWORD, USERS, accept, invite_at, is_dead, link_after, typed

pytestmark = pytest.mark.django_db


def test_invited_person_chooses_name_and_password_and_is_signed_in(invited: str, root: OrgUnit) -> None:
    client = Client()
    welcome = words(client.get(invited, follow=True))
    assert "You will sign in with nora@example.com, for Hillside Foods." in welcome
    accept(client, invited)
    nora = User.objects.get(email="nora@example.com")
    assert client.get("/account/").context["user"] == nora
    assert (nora.name, nora.customer, nora.home_org_unit, nora.language) == (
        "Nora Newton",
        root.customer,
        root,
        "fr-ca",
    )
    assert nora.role_names() == {Role.INVOICE_EXPORTER, Role.PO_ADMINISTRATOR}
    assert nora.check_password(PASSWORD)
    assert nora.invited_by
    assert nora.invited_by.name == "Ada Root"


def test_weak_password_is_refused_and_the_name_stays_in_the_form(invited: str) -> None:
    page = accept(Client(), invited, password="12345678")
    assert "too common" in words(page)
    assert main(page).xpath('.//input[@name="name"]/@value') == ["Nora Newton"]
    assert not User.objects.filter(email="nora@example.com").exists()


def test_a_link_works_once(invited: str) -> None:
    accept(Client(), invited)
    assert is_dead(invited)


def test_form_of_one_invitation_does_not_accept_another(
    invited: str, administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    """Two links are open in two tabs.

    The session knows only the last one, but the first tab still shows its own address.
    """
    client = Client()
    shown = value_of(client.get(invited, follow=True), "invitation")
    page = browser_of(administrator).post(invite_at(root.customer), typed(root, email="olga@example.com"))
    client.get(link_after(page))

    sent = {"name": "Nora Newton", "password": PASSWORD, "invitation": shown}
    refused = client.post(reverse("accounts:accept"), sent)

    assert "You opened another invitation in this browser" in words(refused)
    assert not User.objects.filter(email__in=["nora@example.com", "olga@example.com"]).exists()

    client.get(invited)
    client.post(reverse("accounts:accept"), sent)
    assert User.objects.filter(email="nora@example.com").exists()


def test_link_works_for_14_days(invited: str) -> None:
    with travel(time.time() + 14 * 86400 + 1):
        assert is_dead(invited)
    with travel(time.time() + 14 * 86400 - 60):
        assert not is_dead(invited)


def test_revoked_link_does_not_work(invited: str, administrator: User, browser_of: Callable[[User], Client]) -> None:
    (invitation,) = Invitation.objects.all()
    page = browser_of(administrator).post(reverse("accounts:revoke", args=[invitation.pk]), follow=True)
    assert "nora@example.com" not in words(page)
    assert is_dead(invited)


def test_new_link_replaces_the_old_one(invited: str, administrator: User, browser_of: Callable[[User], Client]) -> None:
    (invitation,) = Invitation.objects.all()
    with travel(time.time() + 90):
        fresh = link_after(browser_of(administrator).post(reverse("accounts:renew", args=[invitation.pk])))
    assert is_dead(invited)
    assert not is_dead(fresh)


def test_token_is_stored_nowhere(
    administrator: User, root: OrgUnit, browser_of: Callable[[User], Client], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        client = browser_of(administrator)
        link = link_after(client.post(invite_at(root.customer), typed(root)))
        token = link.split("/")[-2]
        guest = Client()
        shown = client.get(USERS).content + guest.get(link, follow=True).content
        accept(guest, link)
    stored = str(list(Invitation.objects.values())) + str(list(AuditEvent.objects.values()))
    sessions = str([session.get_decoded() for session in Session.objects.all()])
    assert len(token) > 40
    assert token not in shown.decode() + stored + sessions + caplog.text


@pytest.mark.django_db(transaction=True)
def test_accepting_twice_at_once_makes_one_user(administrator: User, root: OrgUnit) -> None:
    fields = {"name": "Nora", "customer": root.customer, "home_org_unit": root, "roles": [Role.PO_ADMINISTRATOR]}
    invitation, _token = services.invitation_create(actor=administrator, email="nora@example.com", **fields)
    ready, ended = Barrier(2), []

    def take() -> None:
        try:
            ready.wait()
            services.invitation_accept(invitation=invitation, name="Nora", password=PASSWORD)
            ended.append("in")
        except services.Refused:
            ended.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["in", "refused"]
    assert User.objects.filter(email="nora@example.com").count() == 1


@pytest.mark.parametrize("act", ["renew", "revoke"])
def test_changing_an_accepted_invitation_is_refused(
    act: str, invited: str, administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    client, (invitation,) = browser_of(administrator), Invitation.objects.all()
    accept(Client(), invited)

    assert client.post(reverse(f"accounts:{act}", args=[invitation.pk])).status_code == 404


def end_right(inviter: User, how: str) -> None:
    if how == "deactivated":
        User.objects.filter(pk=inviter.pk).update(is_active=False)
    elif how == "without the role":
        inviter.roles.all().delete()
    else:
        root = inviter.home_org_unit
        assert root
        unit = OrgUnit.objects.create(customer=root.customer, name="West", parent=root)
        User.objects.filter(pk=inviter.pk).update(home_org_unit=unit)


ENDS = ["deactivated", "without the role", "moved below the root"]


@pytest.mark.parametrize("how", ENDS)
def test_invitation_stops_working_when_its_inviter_may_no_longer_invite(
    invited: str, administrator: User, how: str
) -> None:
    end_right(administrator, how)

    assert is_dead(invited)


def test_invitation_by_support_stops_working_when_its_inviter_leaves_support(
    support: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    link = link_after(browser_of(support).post(invite_at(root.customer), typed(root)))
    assert not is_dead(link)

    User.objects.filter(pk=support.pk).update(kind="customer_success")

    assert is_dead(link)


def test_open_form_is_refused_after_the_inviter_left(invited: str, administrator: User) -> None:
    invitation = Invitation.objects.get()
    end_right(administrator, "deactivated")

    with pytest.raises(services.Refused, match="can no longer invite others"):
        services.invitation_accept(invitation=invitation, name="Nora", password=PASSWORD)

    assert not User.objects.filter(email="nora@example.com").exists()


def test_another_administrator_takes_over_a_stopped_invitation_with_a_new_link(
    invited: str, administrator: User, root: OrgUnit, support: User, browser_of: Callable[[User], Client]
) -> None:
    end_right(administrator, "deactivated")
    client = browser_of(support)
    page = client.get(reverse("accounts:customer", args=[root.customer_id]))
    assert "The user who sent it can no longer invite users." in words(page)

    with travel(time.time() + 90):
        link = link_after(client.post(reverse("accounts:renew", args=[Invitation.objects.get().pk])))

    assert not is_dead(link)
    assert Invitation.objects.get().invited_by == support
    assert AuditEvent.objects.filter(action="invitation.taken_over").count() == 1


def test_new_link_keeps_an_inviter_who_may_still_invite(
    invited: str, administrator: User, support: User, browser_of: Callable[[User], Client]
) -> None:
    """Otherwise a support user could invite a second account of their own, and decide its requests."""
    with travel(time.time() + 90):
        browser_of(support).post(reverse("accounts:renew", args=[Invitation.objects.get().pk]))

    assert Invitation.objects.get().invited_by == administrator


def test_stopped_invitation_does_not_prevent_a_new_one(
    invited: str, administrator: User, root: OrgUnit, support: User, browser_of: Callable[[User], Client]
) -> None:
    end_right(administrator, "without the role")

    with travel(time.time() + 90):
        link = link_after(browser_of(support).post(invite_at(root.customer), typed(root)))

    assert not is_dead(link)
