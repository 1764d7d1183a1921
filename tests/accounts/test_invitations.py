"""People come by invitation: who may invite whom, what the link does, and what it no longer does."""

import logging
import re
import time
from collections.abc import Callable
from threading import Barrier, Thread
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings
from time_machine import travel

from accounts import services
from accounts.limits import use_limit
from accounts.models import Customer, Invitation, LegalEntity, OrgUnit, Role, User
from audit.models import AuditEvent
from tests.wizard_pages.reading import main, value_of, words

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db
PEOPLE = "/account/people/"


def invite_at(customer: Customer) -> str:
    return reverse("people:invite", args=[customer.pk])


def typed(root: OrgUnit, **fields: object) -> dict[str, object]:
    who = {"name": "Nora New", "email": "Nora@Example.com", "language": "fr-ca"}
    return {**who, "roles": [Role.INVOICE_EXPORTER, Role.PO_ADMINISTRATOR], "home_org_unit": root.pk} | fields


def link_after(page: object) -> str:
    """From the email that the page caused; the page itself has no link."""
    link = re.search(r"/account/invitation/\S+", str(mail.outbox[-1].body))
    assert link
    return link[0]


@pytest.fixture
def invited(administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]) -> str:
    return link_after(browser_of(administrator).post(invite_at(root.customer), typed(root)))


def accept(client: Client, link: str, password: str = PASSWORD) -> object:
    assert client.get(link).headers["Location"] == reverse("people:accept")
    return client.post(reverse("people:accept"), {"name": "Nora Newton", "password": password}, follow=True)


def test_whoever_is_invited_chooses_name_and_password_and_is_in(invited: str, root: OrgUnit) -> None:
    client = Client()
    welcome = words(client.get(invited, follow=True))
    assert "You sign in with nora@example.com, for Hillside Foods." in welcome
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


def test_a_weak_password_is_refused_and_the_name_stays(invited: str) -> None:
    page = accept(Client(), invited, password="12345678")
    assert "too common" in words(page)
    assert main(page).xpath('.//input[@name="name"]/@value') == ["Nora Newton"]
    assert not User.objects.filter(email="nora@example.com").exists()


def is_dead(link: str) -> bool:
    page = Client().get(link, follow=True)
    return page.status_code == 410 and "This invitation does not work" in words(page)


def test_a_link_works_once(invited: str) -> None:
    accept(Client(), invited)
    assert is_dead(invited)


def test_a_page_of_one_invitation_does_not_accept_another(
    invited: str, administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    """Two links opened in two tabs: the session knows the last one, the first tab still shows its own address."""
    client = Client()
    shown = value_of(client.get(invited, follow=True), "invitation")
    page = browser_of(administrator).post(invite_at(root.customer), typed(root, email="olga@example.com"))
    client.get(link_after(page))

    sent = {"name": "Nora Newton", "password": PASSWORD, "invitation": shown}
    refused = client.post(reverse("people:accept"), sent)

    assert "You opened another invitation in this browser" in words(refused)
    assert not User.objects.filter(email__in=["nora@example.com", "olga@example.com"]).exists()

    client.get(invited)
    client.post(reverse("people:accept"), sent)
    assert User.objects.filter(email="nora@example.com").exists()


def test_a_link_works_a_fortnight(invited: str) -> None:
    with travel(time.time() + 14 * 86400 + 1):
        assert is_dead(invited)
    with travel(time.time() + 14 * 86400 - 60):
        assert not is_dead(invited)


def test_a_link_that_was_taken_back_is_dead(
    invited: str, administrator: User, browser_of: Callable[[User], Client]
) -> None:
    (invitation,) = Invitation.objects.all()
    page = browser_of(administrator).post(reverse("people:revoke", args=[invitation.pk]), follow=True)
    assert "nora@example.com" not in words(page)
    assert is_dead(invited)


def test_a_new_link_puts_the_old_one_away(
    invited: str, administrator: User, browser_of: Callable[[User], Client]
) -> None:
    (invitation,) = Invitation.objects.all()
    with travel(time.time() + 90):
        fresh = link_after(browser_of(administrator).post(reverse("people:renew", args=[invitation.pk])))
    assert is_dead(invited)
    assert not is_dead(fresh)


def test_an_address_is_invited_once_until_it_expires(
    invited: str, administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    client = browser_of(administrator)
    again = client.post(invite_at(root.customer), typed(root))
    assert "nora@example.com is invited already" in words(again)
    assert main(again).xpath('.//input[@name="name"]/@value') == ["Nora New"]
    Invitation.objects.update(expires_at="2026-01-01T00:00Z")
    assert "Expired" in words(client.get(PEOPLE))
    with travel(time.time() + 90):
        assert not is_dead(link_after(client.post(invite_at(root.customer), typed(root))))
    (open_one,) = Invitation.objects.open()
    with pytest.raises(IntegrityError, match="one_open_invitation"), transaction.atomic():
        Invitation.objects.create(
            email=open_one.email,
            name="-",
            customer=open_one.customer,
            home_org_unit=open_one.home_org_unit,
            token_hash="-",
            expires_at=open_one.expires_at,
        )


def test_who_can_sign_in_already_is_not_invited(
    administrator: User, exporter: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    page = browser_of(administrator).post(invite_at(root.customer), typed(root, email=exporter.email.upper()))
    assert "eli.exporter@example.com has an account already." in words(page)


def test_an_administrator_invites_at_their_own_customer_only(
    administrator: User, stranger: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    client = browser_of(administrator)
    assert stranger.customer
    assert stranger.home_org_unit
    assert client.post(invite_at(stranger.customer), typed(stranger.home_org_unit)).status_code == 404
    page = client.post(invite_at(root.customer), typed(stranger.home_org_unit))
    assert "Select a valid choice" in words(page)
    assert client.post(reverse("people:invite_staff"), {"kind": "support"}).status_code == 403
    assert not Invitation.objects.exists()


def test_another_customers_invitation_is_not_there(
    invited: str, stranger: User, browser_of: Callable[[User], Client]
) -> None:
    client, (invitation,) = browser_of(stranger), Invitation.objects.all()
    for act in ("renew", "revoke"):
        assert client.post(reverse(f"people:{act}", args=[invitation.pk])).status_code == 404
    assert "nora@example.com" not in words(client.get(PEOPLE))
    assert not is_dead(invited)


@pytest.mark.parametrize("kind", ["branch_administrator", "exporter", "success"])
def test_nobody_else_invites(
    kind: str, request: pytest.FixtureRequest, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    client = browser_of(request.getfixturevalue(kind))
    for address in (PEOPLE, invite_at(root.customer), reverse("people:invite_staff"), reverse("people:new_customer")):
        assert client.get(address).status_code == client.post(address, typed(root)).status_code == 403
    assert "Go to the people" not in words(client.get("/account/"))
    assert not Invitation.objects.exists()


def test_support_adds_a_customer_and_invites_its_first_administrator(
    support: User, browser_of: Callable[[User], Client]
) -> None:
    client = browser_of(support)
    new = {"name": "Lakeside", "legal_entity": "Lakeside Ltd.", "time_zone": "America/Toronto"}
    page = client.post(reverse("people:new_customer"), new, follow=True)
    assert "Now invite its first System Administrator." in words(page)
    entity = LegalEntity.objects.get(customer__name="Lakeside")
    assert (entity.name, entity.time_zone) == ("Lakeside Ltd.", "America/Toronto")
    root = OrgUnit.objects.get(customer__name="Lakeside", parent=None)
    assert entity.org_unit.parent == root
    link = link_after(client.post(page.request["PATH_INFO"], typed(root, roles=[Role.SYSTEM_ADMINISTRATOR])))
    accept(Client(), link)
    assert User.objects.get(email="nora@example.com").may_invite()
    assert "There is a customer Lakeside already." in words(client.post(reverse("people:new_customer"), new))


def test_support_invites_colleagues_at_beanworks(support: User, browser_of: Callable[[User], Client]) -> None:
    fields = {"name": "Nora", "email": "nora@example.com", "language": "en", "kind": "customer_success"}
    link = link_after(browser_of(support).post(reverse("people:invite_staff"), fields))
    accept(Client(), link)
    assert User.objects.get(email="nora@example.com").is_customer_success


def test_the_token_is_nowhere_but_in_the_link(
    administrator: User, root: OrgUnit, browser_of: Callable[[User], Client], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        client = browser_of(administrator)
        link = link_after(client.post(invite_at(root.customer), typed(root)))
        token = link.split("/")[-2]
        guest = Client()
        shown = client.get(PEOPLE).content + guest.get(link, follow=True).content
        accept(guest, link)
    stored = str(list(Invitation.objects.values())) + str(list(AuditEvent.objects.values()))
    kept = str([each.get_decoded() for each in Session.objects.all()])
    assert len(token) > 40
    assert token not in shown.decode() + stored + kept + caplog.text


def test_the_trail_tells_of_it(invited: str, administrator: User) -> None:
    accept(Client(), invited)
    told = AuditEvent.objects.filter(action__startswith="invitation.", customer_id=administrator.customer_id)
    assert list(told.order_by("pk").values_list("action", "actor_name", "metadata__email")) == [
        ("invitation.sent", "Ada Root", "nora@example.com"),
        ("invitation.accepted", "Nora Newton", "nora@example.com"),
    ]


@pytest.mark.django_db(transaction=True)
def test_accepted_twice_at_once_there_is_one_person(administrator: User, root: OrgUnit) -> None:
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


def test_the_link_is_mailed_to_the_invited_and_nobody_else(invited: str, mailoutbox: list[EmailMessage]) -> None:
    [email] = mailoutbox
    assert email.recipients() == ["nora@example.com"]
    assert f"{settings.SITE_URL}{invited}" in str(email.body)


def test_the_first_person_of_support_is_invited_by_a_command(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("invite_support", "Zoe@Example.com", "Zoe First")
    link = urlsplit(capsys.readouterr().out.strip()).path
    client.get(link)
    client.post(reverse("people:accept"), {"name": "Zoe First", "password": PASSWORD})
    assert User.objects.get(email="zoe@example.com").is_support
    with pytest.raises(CommandError, match="has an account already"):
        call_command("invite_support", "zoe@example.com", "Zoe First")


def sent_to(client: Client, root: OrgUnit, email: str) -> str:
    """What the inviter reads, but for the address."""
    return words(client.post(invite_at(root.customer), typed(root, email=email), follow=True)).replace(email, "…")


@pytest.mark.parametrize("state", ["active", "deactivated"])
def test_an_inviter_does_not_learn_of_an_account_elsewhere(
    state: str, administrator: User, stranger: User, support: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    User.objects.filter(pk__in=[stranger.pk, support.pk]).update(is_active=state == "active")
    client = browser_of(administrator)

    answers = [sent_to(client, root, email) for email in (stranger.email, support.email, "unknown@example.com")]

    pattern = [re.sub(r"….*", "", answer) for answer in answers]
    assert len(set(pattern)) == 1
    assert "is on its way to …" in answers[0]
    assert Invitation.objects.open().count() == 3
    told = [stranger.email, support.email] if state == "active" else []
    assert [email.to for email in mail.outbox] == [[address] for address in (*told, "unknown@example.com")]


def test_an_account_elsewhere_is_told_by_email_how_to_go_on(
    administrator: User, stranger: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    sent_to(browser_of(administrator), root, stranger.email)

    [email] = mail.outbox
    assert email.to == [stranger.email]
    assert "already has an account" in str(email.body)
    assert "/invitation/" not in str(email.body)


def test_two_customers_invite_one_address_and_the_first_that_is_accepted_counts(
    administrator: User, stranger: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    first = link_after(browser_of(administrator).post(invite_at(root.customer), typed(root)))
    assert stranger.customer
    assert stranger.home_org_unit
    page = browser_of(stranger).post(invite_at(stranger.customer), typed(stranger.home_org_unit), follow=True)
    second = link_after(page)
    assert "is on its way to nora@example.com" in words(page)

    accept(Client(), second)
    told = accept(Client(), first)

    assert User.objects.get(email="nora@example.com").customer == stranger.customer
    assert "Your address has an account already." in words(told)


def test_invitations_to_one_address_need_a_pause_and_end_for_the_day(
    administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    client, start = browser_of(administrator), time.time()
    client.post(invite_at(root.customer), typed(root))
    (invitation,) = Invitation.objects.all()
    renew = reverse("people:renew", args=[invitation.pk])

    assert "You can send the next one in 1 minute." in words(client.post(renew, follow=True))
    for minute in range(1, 5):
        with travel(start + 61 * minute):
            client.post(renew)
    with travel(start + 600):
        assert "You can send the next one in 23 hours." in words(client.post(renew, follow=True))

    assert len(mail.outbox) == 5


def test_another_address_of_the_same_mailbox_needs_the_same_pause(
    administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    client = browser_of(administrator)
    client.post(invite_at(root.customer), typed(root))

    page = client.post(invite_at(root.customer), typed(root, email="nora+second@example.com"))

    assert "You can send the next one in 1 minute." in words(page)
    assert len(mail.outbox) == 1


def test_a_user_sends_no_more_than_a_hundred_invitations_a_day(
    administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    for _ in range(100):
        use_limit("invitations_by_user", administrator.pk)

    page = browser_of(administrator).post(invite_at(root.customer), typed(root))

    assert "You sent as many emails as one user can send in one day." in words(page)
    assert not mail.outbox


def test_a_refused_invitation_leaves_nothing(
    administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    client = browser_of(administrator)
    client.post(invite_at(root.customer), typed(root))
    (invitation,) = Invitation.objects.all()
    client.post(reverse("people:revoke", args=[invitation.pk]))

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


@pytest.mark.parametrize("act", ["renew", "revoke"])
def test_an_act_on_an_invitation_that_was_accepted_is_refused(
    act: str, invited: str, administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    client, (invitation,) = browser_of(administrator), Invitation.objects.all()
    accept(Client(), invited)

    assert client.post(reverse(f"people:{act}", args=[invitation.pk])).status_code == 404


@pytest.mark.parametrize(
    ("email", "stored"),
    [
        (" Nora@EXAMPLE.com ", "nora@example.com"),
        ("Nora New <nora@example.com>", "nora@example.com"),
        ("nora@exämple.ca", "nora@xn--exmple-cua.ca"),
        ("nora@xn--exmple-cua.ca", "nora@xn--exmple-cua.ca"),
        ("nora@ｅxample.com", "nora@example.com"),
        ("nora\u200b@example.com", "nora@example.com"),
    ],
)
def test_an_address_has_one_spelling(
    email: str, stored: str, administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    accept(Client(), link_after(browser_of(administrator).post(invite_at(root.customer), typed(root, email=email))))

    assert User.objects.filter(email=stored).exists()
    client = Client()
    client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize(
    "email",
    [
        "n" * 276 + "@example.com",
        "nora(work)@example.com",
        '"nora"@example.com',
        "nora@[127.0.0.1]",
        "nora@example.com, ada@example.com",
        "nora@example.com\r\nBcc: ada@example.com",
        "nora@",
        "josé@example.com",
        "nora\x00@example.com",
    ],
)
def test_what_is_no_address_is_refused_at_its_field(
    email: str, administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    page = browser_of(administrator).post(invite_at(root.customer), typed(root, email=email))

    assert list(page.context["form"].errors) == ["email"]
    assert not Invitation.objects.exists()
