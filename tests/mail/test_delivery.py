"""Attempts to send an email to a real mail server: which failures are retried and which are not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from audit.models import AuditEvent
from mail.delivery import WAITS
from mail.models import Mail
from mail.tasks import mail_run

from .conftest import written
from .server import MailServer

pytestmark = pytest.mark.django_db(transaction=True)


def tried(mail: Mail) -> Mail:
    """Try to send the email, as if its waiting time were over, and return it."""
    Mail.objects.filter(pk=mail.pk).update(due_at=timezone.now())
    mail_run(mail.pk)
    mail.refresh_from_db()
    return mail


def wait_of(mail: Mail) -> timedelta:
    assert mail.due_at
    return mail.due_at - timezone.now()


def test_email_has_text_and_html_and_is_marked_as_automatic(mail_server: MailServer) -> None:
    mail = tried(written())
    [arrived] = mail_server.post.taken
    assert [part.get_content_type() for part in arrived.walk()][1:] == ["text/plain", "text/html"]
    assert (arrived["To"], arrived["Subject"], arrived["Auto-Submitted"]) == (
        "ada@example.com", "Approved", "auto-generated",
    )  # fmt: skip
    assert arrived["Message-ID"] == f"<mail-{mail.pk}@127.0.0.1>"
    assert mail.sent_at
    assert not mail.is_active


def test_sent_email_is_not_sent_again(mail_server: MailServer) -> None:
    mail = tried(written())
    tried(mail)
    tried(mail)
    assert len(mail_server.post.taken) == 1


def test_eight_simultaneous_workers_send_an_email_once(mail_server: MailServer) -> None:
    mail = written()

    def run(_: int) -> None:
        mail_run(mail.pk)
        database.close()

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(run, range(8)))
    assert len(mail_server.post.taken) == 1


def test_temporary_refusal_is_retried_later(mail_server: MailServer) -> None:
    mail_server.post.answer["RCPT"] = "451 greylisted, come back"
    mail = tried(written())
    assert (mail.trouble, mail.reply, mail.is_active) == ("busy", "451 greylisted, come back", True)
    assert timedelta(seconds=50) < wait_of(mail) <= timedelta(minutes=1)
    mail_run(mail.pk)
    assert mail_server.post.tries == 1
    mail_server.post.answer.clear()
    assert tried(mail).sent_at
    assert mail.trouble == ""


@pytest.mark.parametrize(
    ("command", "reply", "trouble"),
    [("RCPT", "550 no such user", "address"), ("DATA", "554 looks like spam", "content")],
)
def test_permanent_refusal_is_not_retried(mail_server: MailServer, command: str, reply: str, trouble: str) -> None:
    mail_server.post.answer[command] = reply
    mail = tried(written())
    assert (mail.trouble, mail.reply, mail.is_given_up) == (trouble, reply, True)
    assert tried(mail).attempts == 1
    event = AuditEvent.objects.get(action="mail.failed")
    assert (event.outcome, event.metadata["trouble"]) == ("failed", trouble)


def test_waiting_email_is_not_sent_to_a_deactivated_user(mail_server: MailServer, support: User) -> None:
    mail_server.stop()
    mail = written()
    Mail.objects.filter(pk=mail.pk).update(user=support)
    assert tried(mail).trouble == "silent"
    mail_server.start()
    User.objects.update(is_active=False)

    assert tried(mail).is_given_up

    assert mail.trouble == "inactive"
    assert mail_server.post.taken == []


def test_waits_for_an_unreachable_server_grow_and_then_end(mail_server: MailServer) -> None:
    mail_server.stop()
    mail = written()
    for wait in WAITS:
        assert tried(mail).trouble == "silent"
        assert wait - timedelta(seconds=30) < wait_of(mail) <= wait
    assert tried(mail).is_given_up


def test_email_is_sent_when_the_server_is_back(mail_server: MailServer) -> None:
    mail_server.stop()
    mail = tried(written())
    mail_server.start()
    assert tried(mail).sent_at
    assert len(mail_server.post.taken) == 1


@pytest.mark.parametrize("reply", ["250 OK", "550 no such user"])
def test_text_with_a_secret_is_deleted_when_the_email_is_sent_or_given_up(
    mail_server: MailServer, settings: Settings, reply: str
) -> None:
    settings.PRACTICE = False
    mail_server.post.answer["DATA"] = reply
    mail = tried(written(kind="account"))
    assert (mail.text, mail.html, mail.is_active) == ("", "", False)


def test_text_with_a_secret_stays_while_the_email_waits(mail_server: MailServer, settings: Settings) -> None:
    settings.PRACTICE = False
    mail_server.post.answer["DATA"] = "451 later"
    assert tried(written(kind="account")).text == "It is approved."
