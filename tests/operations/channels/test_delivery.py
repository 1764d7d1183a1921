"""How messages to channels are sent, and what happens if a service does not take one."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from time_machine import travel

from accounts.models import Customer, User
from audit.models import AuditEvent
from core.leases import State
from mail.models import Email
from operations.channels.delivery import WAITS
from operations.channels.formats import slack_message, teams_message
from operations.channels.services import channel_test
from operations.models import ChannelMessage
from tests.operations.channels.acts import begin_breakage, begin_hold, report_all, send
from tests.operations.channels.conftest import MakeChannel
from tests.support.receiver import Receiver
from tests.wizard.pages.reading import words
from wizard.models import SyncProfile

pytestmark = pytest.mark.django_db


def test_message_is_posted_and_recorded(receiver: Receiver, make_channel: MakeChannel, support: User) -> None:
    message = send(channel_test(channel=make_channel("slack", receiver.url), actor=support))

    assert (message.state, message.status, bool(message.sent_at)) == ("done", 204, True)
    (request,) = receiver.taken
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body)["text"] == "This is a test. Beanworks Connect can report to this channel."


def test_slack_and_teams_read_no_markup_in_names() -> None:
    name = "<!channel> [*Acme*](https://evil.example) & Co"

    slack = slack_message(name, "https://connect.example.com/?a=1&b=2")
    assert slack["text"] == "&lt;!channel&gt; [*Acme*](https://evil.example) &amp; Co"
    text, link = slack["blocks"]
    assert text["text"] == {"type": "plain_text", "text": name, "emoji": False}
    assert link["text"]["text"] == "<https://connect.example.com/?a=1&amp;b=2|Open in Beanworks Connect>"

    (attachment,) = teams_message(name, "https://connect.example.com/")["attachments"]
    card = attachment["content"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["body"] == [{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": name}]}]
    assert card["actions"][0] == {
        "type": "Action.OpenUrl", "title": "Open in Beanworks Connect", "url": "https://connect.example.com/"
    }  # fmt: skip


def test_dead_channel_is_retried_and_does_not_stop_the_others(
    receiver: Receiver, make_channel: MakeChannel, waiting: SyncProfile
) -> None:
    dead, working = make_channel("slack", "http://127.0.0.1:9/"), make_channel("teams", receiver.url)
    begin_breakage(waiting)
    begin_hold(waiting)
    report_all()

    first, second = dead.messages.order_by("pk")
    send(first)
    second.refresh_from_db()
    assert (first.state, first.failure_reason) == ("queued", "unreachable")
    assert first.due_at
    assert second.due_at
    assert second.due_at >= first.due_at > timezone.now()
    assert [send(message).state for message in working.messages.all()] == ["done", "done"]

    for wait in WAITS:
        with travel(timezone.now() + wait * 1.1):
            ChannelMessage.objects.filter(pk=first.pk).update(due_at=None)
            send(first)
    assert (first.state, first.sent_at, first.attempts) == ("done", None, len(WAITS) + 1)
    event = AuditEvent.objects.get(action="channel.failed")
    assert event.metadata == {"name": dead.name, "kind": "connection_broken", "failure_reason": "unreachable"}


def test_refused_message_is_given_up_at_once_and_its_answer_is_shown(
    receiver: Receiver, make_channel: MakeChannel, support: User, browser_of_sue: Client
) -> None:
    receiver.statuses, receiver.answer = [404], b"no_service"
    message = send(channel_test(channel=make_channel("slack", receiver.url), actor=support))

    assert (message.state, message.sent_at) == ("done", None)
    assert "Not delivered The service refused the message (404) no_service" in words(
        browser_of_sue.get(reverse("operations:channels"))
    )


def test_url_in_an_answer_is_not_stored(receiver: Receiver, make_channel: MakeChannel, support: User) -> None:
    receiver.statuses, receiver.answer = [302], b"Moved to /services/T00/key-0123456?sig=abc-def-ghi&amp;x=1"
    url = receiver.url.replace("/hooks?of=beanworks", "/services/T00/key-0123456?sig=abc-def-ghi&x=1")
    message = send(channel_test(channel=make_channel("slack", url), actor=support))

    assert (message.state, message.status, message.sent_at) == ("done", 302, None)
    assert message.response == "Moved to /services/T00/…?sig=…&amp;x=1"
    assert len(receiver.taken) == 1


def test_service_that_asks_for_time_gets_it(receiver: Receiver, make_channel: MakeChannel, support: User) -> None:
    receiver.statuses, receiver.headers = [429], {"Retry-After": "1200"}
    message = send(channel_test(channel=make_channel("slack", receiver.url), actor=support))

    assert message.state == State.QUEUED
    assert message.due_at
    assert message.due_at > timezone.now() + timedelta(minutes=19)


def test_channel_by_email_uses_the_outbox(make_channel: MakeChannel, waiting: SyncProfile, success: User) -> None:
    Customer.objects.update(success_manager=success)
    make_channel("email", "team@example.com", language="fr-ca")
    begin_breakage(waiting)
    report_all()

    assert send(ChannelMessage.objects.get()).sent_at
    email = Email.objects.get(kind="channel_message")
    assert (email.address, email.language, email.customer) == ("team@example.com", "fr-ca", waiting.connection.customer)
    assert "Hillside Foods" in email.text
    assert success.email not in email.text  # the contact of the customer, not of its reader
