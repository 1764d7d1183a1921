"""Who may invite whom."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from time_machine import travel

from accounts.models import Customer, Invitation, LegalEntity, OrgUnit, Role, User
from audit.models import AuditEvent
from tests.wizard.pages.reading import main, words

from .invitations import PASSWORD, USERS, accept, invite_at, is_dead, link_after, typed

pytestmark = pytest.mark.django_db


def test_address_is_invited_only_once_until_the_invitation_expires(
    invited: str, administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    client = browser_of(administrator)
    again = client.post(invite_at(root.customer), typed(root))
    assert "nora@example.com is already invited" in words(again)
    assert main(again).xpath('.//input[@name="name"]/@value') == ["Nora New"]
    Invitation.objects.update(expires_at="2026-01-01T00:00Z")
    assert "Expired" in words(client.get(USERS))
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


def test_existing_user_cannot_be_invited(
    administrator: User, exporter: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    page = browser_of(administrator).post(invite_at(root.customer), typed(root, email=exporter.email.upper()))
    assert "eli@example.com already has an account." in words(page)


def test_administrator_invites_only_at_their_own_customer(
    administrator: User, stranger: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    client = browser_of(administrator)
    assert stranger.customer
    assert stranger.home_org_unit
    assert client.post(invite_at(stranger.customer), typed(stranger.home_org_unit)).status_code == 404
    page = client.post(invite_at(root.customer), typed(stranger.home_org_unit))
    assert "Select a valid choice" in words(page)
    assert client.post(reverse("accounts:invite_staff"), {"kind": "support"}).status_code == 403
    assert not Invitation.objects.exists()


def test_another_customers_invitation_is_not_found(
    invited: str, stranger: User, browser_of: Callable[[User], Client]
) -> None:
    client, (invitation,) = browser_of(stranger), Invitation.objects.all()
    for act in ("renew", "revoke"):
        assert client.post(reverse(f"accounts:{act}", args=[invitation.pk])).status_code == 404
    assert "nora@example.com" not in words(client.get(USERS))
    assert not is_dead(invited)


@pytest.mark.parametrize("kind", ["branch_administrator", "exporter", "success"])
def test_other_roles_cannot_invite(
    kind: str, request: pytest.FixtureRequest, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    client = browser_of(request.getfixturevalue(kind))
    for address in (
        USERS,
        invite_at(root.customer),
        reverse("accounts:invite_staff"),
        reverse("accounts:new_customer"),
    ):
        assert client.get(address).status_code == client.post(address, typed(root)).status_code == 403
    assert "Go to users" not in words(client.get("/account/"))
    assert not Invitation.objects.exists()


def test_support_adds_a_customer_and_invites_its_first_administrator(
    support: User, browser_of: Callable[[User], Client]
) -> None:
    client = browser_of(support)
    new = {"name": "Lakeside", "legal_entity": "Lakeside Ltd.", "time_zone": "America/Toronto", "language": "fr-ca"}
    page = client.post(reverse("accounts:new_customer"), new, follow=True)
    assert main(page).xpath("string(.//select[@name='language']/option[@selected]/@value)") == "fr-ca"
    assert "Now invite its first System Administrator." in words(page)
    entity = LegalEntity.objects.get(customer__name="Lakeside")
    assert (entity.name, entity.time_zone) == ("Lakeside Ltd.", "America/Toronto")
    root = OrgUnit.objects.get(customer__name="Lakeside", parent=None)
    assert entity.org_unit.parent == root
    link = link_after(client.post(page.request["PATH_INFO"], typed(root, roles=[Role.SYSTEM_ADMINISTRATOR])))
    accept(Client(), link)
    assert User.objects.get(email="nora@example.com").may_administer()
    assert "The name Lakeside is already used." in words(client.post(reverse("accounts:new_customer"), new))


def test_support_invites_colleagues_at_beanworks(support: User, browser_of: Callable[[User], Client]) -> None:
    fields = {"name": "Nora", "email": "nora@example.com", "language": "en", "kind": "customer_success"}
    link = link_after(browser_of(support).post(reverse("accounts:invite_staff"), fields))
    accept(Client(), link)
    assert User.objects.get(email="nora@example.com").kind == User.Kind.CUSTOMER_SUCCESS


def test_audit_log_records_invitations(invited: str, administrator: User) -> None:
    accept(Client(), invited)
    events = AuditEvent.objects.filter(action__startswith="invitation.", customer_id=administrator.customer_id)
    assert [(event.action, event.actor_name, event.metadata["email"]) for event in events.order_by("pk")] == [
        ("invitation.sent", "Ada Root", "nora@example.com"),
        ("invitation.accepted", "Nora Newton", "nora@example.com"),
    ]


def test_command_invites_the_first_support_user(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("invite_support", "Zoe@Example.com", "Zoe First")
    link = urlsplit(capsys.readouterr().out.strip()).path
    client.get(link)
    client.post(reverse("accounts:accept"), {"name": "Zoe First", "password": PASSWORD})
    assert User.objects.get(email="zoe@example.com").is_support
    with pytest.raises(CommandError, match="already has an account"):
        call_command("invite_support", "zoe@example.com", "Zoe First")


@pytest.mark.parametrize("name", ["", "  ", "Zoe\x01", "Zo\udce9", "z" * 5000])
def test_command_refuses_what_is_no_name(name: str, db: None) -> None:
    with pytest.raises(CommandError):
        call_command("invite_support", "zoe@example.com", name)
    assert not Invitation.objects.exists()


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
def test_invalid_address_is_refused_at_its_field(
    email: str, administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    page = browser_of(administrator).post(invite_at(root.customer), typed(root, email=email))

    assert list(page.context["form"].errors) == ["email"]
    assert not Invitation.objects.exists()


def test_new_user_starts_with_the_language_of_the_customer(
    administrator: User, root: OrgUnit, browser_of: Callable[[User], Client]
) -> None:
    Customer.objects.update(language="fr-ca")

    form = main(browser_of(administrator).get(invite_at(root.customer)))

    assert form.xpath('.//select[@name="language"]/option[@selected]/@value') == ["fr-ca"]


def test_administrator_must_be_at_the_root(support: User, root: OrgUnit, browser_of: Callable[[User], Client]) -> None:
    branch = OrgUnit.objects.create(customer=root.customer, parent=root, name="Branch")
    client = browser_of(support)

    refused = client.post(invite_at(root.customer), typed(branch, roles=["system_administrator"]))
    assert "The home of a System Administrator must be the Root Org Unit." in words(refused)

    client.post(invite_at(root.customer), typed(root, roles=["system_administrator"]))
    assert Invitation.objects.count() == 1
