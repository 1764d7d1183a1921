"""The outbox in a real worker: told thrice, killed in mid-mail, never told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mail.models import Mail
from mail.queue import publish
from tests.support.processes import wait_until
from tests.support.stack import Worker

from .conftest import written
from .server import MailServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mail_worker(
    mail_server: MailServer, tmp_path: Path, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Worker]:
    """A worker of our own, which sends to the mail server."""
    monkeypatch.setenv("EMAIL_URL", mail_server.url)
    with Worker(tmp_path) as worker:
        worker.start()
        yield worker


def is_sent(mail: Mail) -> bool:
    mail.refresh_from_db()
    return mail.sent_at is not None


def test_the_worker_sends_once_whatever_happens(mail_worker: Worker, mail_server: MailServer) -> None:
    """Told three times; killed while the server has its words; its message lost. One worker's start is dear."""
    post = mail_server.post
    thrice = written("thrice")
    publish(thrice.pk)
    publish(thrice.pk)
    wait_until(lambda: is_sent(thrice), "told thrice, it is sent")
    wait_until(lambda: mail_worker.idle, "the other messages are read")
    assert (len(post.taken), thrice.attempts) == (1, 1)

    post.stalls = True
    killed = written("killed")
    wait_until(post.is_stalling.is_set, "the server has the words and has not said yes")
    mail_worker.kill9()
    assert not is_sent(killed)
    mail_server.stop()
    post.stalls = False
    mail_server.start()
    mail_worker.start()
    wait_until(lambda: is_sent(killed), "another attempt sends it")
    assert (len(post.taken), killed.attempts) == (2, 2)

    untold = Mail.objects.create(
        kind="profile_approved", once="untold", address="ada@example.com", language="en", subject="1", text="1"
    )
    wait_until(lambda: is_sent(untold), "the sweeper finds what nobody was told of")
    assert len(post.taken) == 3
    assert "ada@example.com" not in mail_worker.said()
