"""The link in an email that turns off its kind: without signing in, and with one click in mail programs (RFC 8058)."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import OrgUnit, Role, User
from audit.models import AuditEvent
from core.emails import EmailContent
from mail.kinds import EMAIL_KINDS, choosable_kinds
from mail.opt_out_links import opt_out_path
from mail.services import email_write
from mail.tasks import email_run
from tests.support.users import create_user
from tests.wizard.pages.reading import chosen, edit, words

from .server import MailServer

pytestmark = pytest.mark.django_db

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
KINDS_OF_USERS = [*Role.values, User.Kind.CUSTOMER_SUCCESS, User.Kind.SUPPORT]


@pytest.fixture(params=KINDS_OF_USERS)
def reader(request: pytest.FixtureRequest, root: OrgUnit) -> User:
    if request.param in Role.values:
        return create_user("Rita", request.param, home=root)
    return User.objects.create(email="rita@example.com", name="Rita", kind=request.param)


def test_link_asks_before_it_turns_a_kind_off_and_the_account_turns_it_on_again(reader: User, client: Client) -> None:
    kind, *others = choosable_kinds(reader)
    link = opt_out_path(reader, kind)

    assert "Turn off these emails?" in words(client.get(link))
    assert not reader.opt_outs.exists()
    assert "These emails are turned off" in words(client.post(link))
    assert "These emails are turned off" in words(client.get(link))

    client.force_login(reader)
    choices = reverse("mail:choices")
    assert chosen(client.get(choices), "wanted") == [other.slug for other in others]
    edit(client, choices, {"wanted": [kind.slug]})
    assert "Turn off these emails?" in words(Client().get(link))


def test_mail_program_turns_a_kind_off_once_without_cookies(administrator: User) -> None:
    link = opt_out_path(administrator, EMAIL_KINDS["setup_reminder"])
    program = Client(enforce_csrf_checks=True)

    responses = [program.post(link, ONE_CLICK) for _ in range(2)]

    assert [response.status_code for response in responses] == [200, 200]
    assert [opt_out.kind for opt_out in administrator.opt_outs.all()] == ["setup_reminder"]
    event = AuditEvent.objects.get(action="email.turned_off")
    assert (event.actor_name, event.metadata["kind"]) == (administrator.name, "setup_reminder")


def test_changed_link_and_link_of_a_deactivated_user_do_not_exist(administrator: User, client: Client) -> None:
    link = opt_out_path(administrator, EMAIL_KINDS["setup_reminder"])
    assert client.post(link.replace("setup_reminder", "incident_opened")).status_code == 404
    User.objects.update(is_active=False)
    assert client.post(link).status_code == 404


def test_email_that_is_always_sent_has_no_link(administrator: User) -> None:
    assert opt_out_path(administrator, EMAIL_KINDS["what_is_missing"]) == ""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("kind", "has_link"), [("setup_reminder", True), ("what_is_missing", False)])
def test_headers_offer_one_click_where_the_kind_can_be_turned_off(
    mail_server: MailServer, administrator: User, settings: Settings, kind: str, has_link: bool
) -> None:
    content = EmailContent("Stopped", "It has stopped.", "<p>It has stopped.</p>")
    email = email_write(kind=kind, address=administrator.email, dedupe_key="1", content=content, user=administrator)
    assert email
    email_run(email.pk)

    [arrived] = mail_server.post.taken
    address = f"{settings.SITE_URL}{opt_out_path(administrator, EMAIL_KINDS[kind])}"
    # The header is so long that it is folded.
    headers = [arrived.get(name, "").strip() for name in ("List-Unsubscribe", "List-Unsubscribe-Post")]
    assert headers == ([f"<{address}>", "List-Unsubscribe=One-Click"] if has_link else ["", ""])
