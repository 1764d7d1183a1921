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
from mail.models import Email
from mail.tasks import email_run

from .conftest import write_email
from .server import MailServer

pytestmark = pytest.mark.django_db(transaction=True)


def deliver(email: Email) -> Email:
    """Try to send the email, as if its waiting time were over, and return it."""
    Email.objects.filter(pk=email.pk).update(due_at=timezone.now())
    email_run(email.pk)
    email.refresh_from_db()
    return email


def wait_of(email: Email) -> timedelta:
    assert email.due_at
    return email.due_at - timezone.now()


def test_email_has_text_and_html_and_is_marked_as_automatic(mail_server: MailServer) -> None:
    email = deliver(write_email())
    [arrived] = mail_server.post.taken
    assert [part.get_content_type() for part in arrived.walk()][1:] == ["text/plain", "text/html"]
    assert (arrived["To"], arrived["Subject"], arrived["Auto-Submitted"]) == (
        "ada@example.com", "Approved", "auto-generated",
    )  # fmt: skip
    assert arrived["Message-ID"] == f"<mail-{email.pk}@127.0.0.1>"
    assert email.sent_at
    assert not email.is_active


def test_sent_email_is_not_sent_again(mail_server: MailServer) -> None:
    email = deliver(write_email())
    deliver(email)
    deliver(email)
    assert len(mail_server.post.taken) == 1


def test_eight_simultaneous_workers_send_an_email_once(mail_server: MailServer) -> None:
    email = write_email()

    def run(_: int) -> None:
        email_run(email.pk)
        database.close()

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(run, range(8)))
    assert len(mail_server.post.taken) == 1


def test_temporary_refusal_is_retried_later(mail_server: MailServer) -> None:
    mail_server.post.answer["RCPT"] = "451 greylisted, come back"
    email = deliver(write_email())
    assert (email.failure_reason, email.reply, email.is_active) == ("busy", "451 greylisted, come back", True)
    assert timedelta(seconds=50) < wait_of(email) <= timedelta(minutes=1)
    email_run(email.pk)
    assert mail_server.post.tries == 1
    mail_server.post.answer.clear()
    assert deliver(email).sent_at
    assert email.failure_reason == ""


@pytest.mark.parametrize(
    ("command", "reply", "reason"),
    [("RCPT", "550 no such user", "address"), ("DATA", "554 looks like spam", "content")],
)
def test_permanent_refusal_is_not_retried(mail_server: MailServer, command: str, reply: str, reason: str) -> None:
    mail_server.post.answer[command] = reply
    email = deliver(write_email())
    assert (email.failure_reason, email.reply, email.is_given_up) == (reason, reply, True)
    assert deliver(email).attempts == 1
    event = AuditEvent.objects.get(action="email.failed")
    assert (event.outcome, event.metadata["failure_reason"]) == ("failed", reason)


def test_waiting_email_is_not_sent_to_a_deactivated_user(mail_server: MailServer, support: User) -> None:
    mail_server.stop()
    email = write_email()
    Email.objects.filter(pk=email.pk).update(user=support)
    assert deliver(email).failure_reason == "silent"
    mail_server.start()
    User.objects.update(is_active=False)

    assert deliver(email).is_given_up

    assert email.failure_reason == "inactive"
    assert mail_server.post.taken == []


def test_waits_for_an_unreachable_server_grow_and_then_end(mail_server: MailServer) -> None:
    mail_server.stop()
    email = write_email()
    for wait in WAITS:
        assert deliver(email).failure_reason == "silent"
        assert wait - timedelta(seconds=30) < wait_of(email) <= wait
    assert deliver(email).is_given_up


def test_email_is_sent_when_the_server_is_back(mail_server: MailServer) -> None:
    mail_server.stop()
    email = deliver(write_email())
    mail_server.start()
    assert deliver(email).sent_at
    assert len(mail_server.post.taken) == 1


@pytest.mark.parametrize("reply", ["250 OK", "550 no such user"])
def test_text_with_a_secret_is_deleted_when_the_email_is_sent_or_given_up(
    mail_server: MailServer, settings: Settings, reply: str
) -> None:
    settings.PRACTICE = False
    mail_server.post.answer["DATA"] = reply
    email = deliver(write_email(kind="account"))
    assert (email.text, email.html, email.is_active) == ("", "", False)


def test_text_with_a_secret_stays_while_the_email_waits(mail_server: MailServer, settings: Settings) -> None:
    settings.PRACTICE = False
    mail_server.post.answer["DATA"] = "451 later"
    assert deliver(write_email(kind="account")).text == "It is approved."
