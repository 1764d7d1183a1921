"""Emails that were sent and bounced later."""

import subprocess
import sys
from io import BytesIO, TextIOWrapper
from typing import Any, Never

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import Error, InternalError, OperationalError, connection
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.models import AuditEvent
from mail.bounces import parse_bounce, record_bounce
from mail.models import Email
from tests.support.processes import ROOT
from tests.support.stack import on_own_database

from .conftest import write_email

BOUNCE = """From: MAILER-DAEMON@mx.example.com
To: connect@example.com
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=part

--part

I am sorry.
--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 no such
 user here

--part
Content-Type: text/rfc822-headers

Subject: Approved
Message-ID: <mail-{pk}@connect.example.com>

--part--
"""


def bounce(pk: int, *, address: str = "ada@example.com", action: str = "failed", status: str = "5.1.1") -> bytes:
    """Return a bounce as a mail server writes it."""
    return BOUNCE.format(pk=pk, address=address, action=action, status=status).encode()


@pytest.fixture
def sent(db: None) -> Email:
    email = write_email()
    Email.objects.filter(pk=email.pk).update(state="done", sent_at=timezone.now())
    return email


def test_bounced_email_is_undelivered_with_the_servers_words(sent: Email) -> None:
    record_bounce(bounce(sent.pk))
    sent.refresh_from_db()
    assert (sent.failure_reason, sent.reply, sent.is_given_up) == ("bounced", "5.1.1 550 5.1.1 no such user here", True)
    assert sent in Email.objects.undelivered()
    assert AuditEvent.objects.get(action="email.failed").metadata["failure_reason"] == "bounced"


def test_bounce_is_recorded_once(sent: Email) -> None:
    for _ in range(2):
        record_bounce(bounce(sent.pk))
    assert AuditEvent.objects.filter(action="email.failed").count() == 1


@pytest.mark.parametrize(
    "changed", [{"action": "delayed", "status": "4.4.1"}, {"address": "eve@example.com"}, {"pk": 10**17}], ids=str
)
def test_delay_or_foreign_bounce_changes_nothing(sent: Email, changed: dict[str, str | int]) -> None:
    record_bounce(bounce(**{"pk": sent.pk} | changed))  # type: ignore[arg-type]
    sent.refresh_from_db()
    assert (sent.failure_reason, sent.sent_at is None) == ("", False)


@given(st.integers(0, len(bounce(7))), st.binary(max_size=30))
@settings(max_examples=300)
def test_no_incoming_email_raises_an_error(at: int, put: bytes) -> None:
    whole = bounce(7)
    for content in (put, whole[:at] + put, whole[:at] + put + whole[at + len(put) :]):
        parsed = parse_bounce(content)
        assert parsed is None or "\0" not in parsed.address + parsed.reply


def test_email_of_too_many_nested_parts_is_ignored() -> None:
    begin = 'Content-Type: multipart/mixed; boundary="{0}"\n\n--{0}\n'

    assert parse_bounce("".join(begin.format(level) for level in range(2000)).encode()) is None


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError("it is gone"), InternalError("it is read-only")])
def test_mail_server_is_asked_to_retry_while_the_database_takes_no_bounce(
    monkeypatch: pytest.MonkeyPatch, error: Error
) -> None:
    def fail(*_: Any) -> Never:
        raise error

    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(bounce(7))))

    with connection.execute_wrapper(fail), pytest.raises(CommandError, match=str(error)) as ended:
        call_command("record_bounce")

    assert ended.value.returncode == 75


def test_command_says_that_standard_input_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    # What Python sets for `record_bounce <&-`.
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(CommandError, match="no standard input"):
        call_command("record_bounce")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_command_reads_a_bounce_from_standard_input() -> None:
    email = write_email()
    Email.objects.filter(pk=email.pk).update(state="done", sent_at=timezone.now())
    command = [sys.executable, "manage.py", "record_bounce"]
    subprocess.run(command, input=bounce(email.pk), cwd=ROOT, env=on_own_database(), check=True, timeout=60)
    email.refresh_from_db()
    assert email.failure_reason == "bounced"
