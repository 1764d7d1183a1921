from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from core.emails import EmailContent
from mail.models import Email
from mail.services import email_write

from .server import HOST, MailServer


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    """A mail server on this machine, to which this process sends."""
    server = MailServer()
    settings.MAIL_TRANSPORT = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, server.port
    server.start()
    yield server
    server.post.stalls = False
    server.stop()


def write_email(
    dedupe_key: str = "occasion", address: str = "ada@example.com", kind: str = "profile_approved"
) -> Email:
    content = EmailContent("Approved", "It is approved.", "<p>It is approved.</p>")
    email = email_write(kind=kind, address=address, dedupe_key=dedupe_key, content=content)
    assert email
    return email
