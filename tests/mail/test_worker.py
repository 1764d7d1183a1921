"""The outbox in a real worker: repeated messages, a worker killed while sending, and a lost message."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.queue import publish
from mail.models import Email
from tests.support.processes import wait_until
from tests.support.stack import Worker

from .conftest import write_email
from .server import MailServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mail_worker(
    mail_server: MailServer, tmp_path: Path, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Worker]:
    """A separate worker, which sends to the mail server."""
    monkeypatch.setenv("EMAIL_URL", mail_server.url)
    with Worker(tmp_path) as worker:
        worker.start()
        yield worker


def is_sent(email: Email) -> bool:
    email.refresh_from_db()
    return email.sent_at is not None


def test_worker_sends_each_email_once_despite_failures(mail_worker: Worker, mail_server: MailServer) -> None:
    """Three cases in one test, because starting a worker is slow: the message for the worker is repeated; the worker is
    killed while the server has the email; the message is lost.
    """
    post = mail_server.post
    repeated = write_email("repeated")
    publish(Email.task, repeated.pk)
    publish(Email.task, repeated.pk)
    wait_until(lambda: is_sent(repeated), "it is sent despite repeated messages")
    wait_until(lambda: mail_worker.idle, "the other messages are read")
    assert (len(post.taken), repeated.attempts) == (1, 1)

    post.stalls = True
    killed = write_email("killed")
    wait_until(post.is_stalling.is_set, "the server has the email and has not accepted it")
    mail_worker.kill9()
    assert not is_sent(killed)
    mail_server.stop()
    post.stalls = False
    mail_server.start()
    mail_worker.start()
    wait_until(lambda: is_sent(killed), "another attempt sends it")
    assert (len(post.taken), killed.attempts) == (2, 2)

    lost = Email.objects.create(
        kind="profile_approved", dedupe_key="lost", address="ada@example.com", language="en", subject="1", text="1"
    )
    wait_until(lambda: is_sent(lost), "the sweeper finds the email whose message was lost")
    assert len(post.taken) == 3
    assert "ada@example.com" not in mail_worker.said()
