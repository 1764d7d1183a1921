"""Channels: what is reported to whom, once, how it is sent, and what happens if a service does not take it."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings
from time_machine import travel

from accounts.models import User
from api.models import WebhookEndpoint
from api.webhooks.endpoints import disable, endpoint_create
from audit.models import AuditEvent
from core.leases import State
from mail.models import Email
from operations.channels.addresses import open_url
from operations.channels.delivery import WAITS
from operations.channels.formats import slack_message, teams_message
from operations.channels.kinds import KINDS, Occasion
from operations.channels.reporting import MOST, report, report_kinds
from operations.channels.services import channel_create, channel_test
from operations.models import Channel, ChannelKind, ChannelMessage, ReportedOccasion
from operations.tasks import channel_message_run
from smartsync.models import Hold
from tests.support.receiver import Receiver
from tests.support.retention import prune_now
from tests.wizard.pages.reading import words
from tests.wizard.test_rotate_keys import NEW, OLD, forget_processes
from wizard.models import Connection, Incident, SyncProfile

pytestmark = pytest.mark.django_db
CHANNELS, NEW_CHANNEL = reverse("operations:channels"), reverse("operations:channel_new")
URL = "https://hooks.slack.com/services/T000/B000/very-secret-part"
LONG_AGO = timedelta(days=60)
MakeChannel = Callable[..., Channel]


@pytest.fixture
def make_channel(support: User) -> MakeChannel:
    """`make_channel(service, url)` adds a channel that reports every kind that began in the last 60 days."""

    def channel(service: str = "slack", url: str = URL, **fields: Any) -> Channel:
        address = {"email": url} if service == "email" else {"secret_url": url}
        values = {"name": f"Team {service}", "team": "support", "language": "en", "kinds": list(KINDS), **fields}
        made = channel_create(actor=support, service=service, **address, **values)
        made.kinds.update(since=timezone.now() - LONG_AGO)
        return made

    return channel


def report_all() -> list[tuple[str, str]]:
    """Report what there is now. Return kind and text of all messages."""
    for slow in (False, True):
        report_kinds(slow=slow)
    return list(ChannelMessage.objects.order_by("pk").values_list("kind", "text"))


def send(message: ChannelMessage) -> ChannelMessage:
    channel_message_run(message.pk)
    message.refresh_from_db()
    return message


def days_ago(days: int) -> Any:
    return timezone.now() - timedelta(days=days)


def begin_late_request(profile: SyncProfile) -> None:
    SyncProfile.objects.update(requested_at=days_ago(9))


def begin_old_claim(profile: SyncProfile) -> None:
    SyncProfile.objects.update(state="claimed", claimed_at=days_ago(9))


def begin_breakage(profile: SyncProfile) -> None:
    Connection.objects.update(broken_since=days_ago(1))


def begin_stop(profile: SyncProfile) -> None:
    with travel(days_ago(8)):
        profile.connection.progress.update(updated_at=timezone.now())
    long_ago = days_ago(8)
    profile.connection.verifications.update(created_at=long_ago)
    Connection.objects.update(created_at=long_ago, stage_since=long_ago, must_act="customer")


def begin_hold(profile: SyncProfile) -> None:
    Hold.objects.create(profile=profile, list="vendors", missing=9, inactive=0, total=9, found_at=days_ago(1))


def begin_failing_endpoint(profile: SyncProfile) -> None:
    endpoint, _secret = endpoint_create(
        actor=None, url="https://hooks.example.com/secret", description="", event_types=["run.failed"], customer=None
    )
    disable(endpoint, WebhookEndpoint.DisabledReason.FAILING)


BEGINNINGS = {
    "request_waiting": (begin_late_request, "A request of Hillside Foods waits for longer than our target."),
    "request_claimed": (begin_old_claim, "A request of Hillside Foods has been claimed for too long."),
    "connection_broken": (begin_breakage, "A connection of Hillside Foods is broken."),
    "customer_stopped": (begin_stop, "Hillside Foods has stopped the set-up of Sage Intacct."),
    "deletion_held": (begin_hold, "A full sync of Hillside Foods would delete unusually many records. It waits"),
    "webhook_disabled": (begin_failing_endpoint, "The webhook endpoint at hooks.example.com was disabled"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_reported_once_to_channels_that_want_it(
    kind: str, waiting: SyncProfile, make_channel: MakeChannel, browser_of_sue: Client
) -> None:
    make_channel(kinds=[kind])
    make_channel("teams", kinds=[other for other in KINDS if other != kind])
    assert report_all() == []

    begin, text = BEGINNINGS[kind]
    begin(waiting)

    ((slug, words_of_message),) = [row for row in (report_all(), report_all())[1] if row[0] == kind]
    assert slug == kind
    assert words_of_message.startswith(text)
    message = ChannelMessage.objects.get(kind=kind)
    assert browser_of_sue.get(message.link).status_code == 200


def test_endpoint_that_a_user_disabled_is_not_reported(waiting: SyncProfile, make_channel: MakeChannel) -> None:
    make_channel()
    endpoint, _secret = endpoint_create(
        actor=None, url="https://hooks.example.com/", description="", event_types=["run.failed"], customer=None
    )
    disable(endpoint, WebhookEndpoint.DisabledReason.BY_OWNER)
    assert report_all() == []


def test_break_is_reported_once_although_its_first_incident_is_closed(
    waiting: SyncProfile, make_channel: MakeChannel
) -> None:
    make_channel()
    connection = waiting.connection
    first = Incident.objects.create(connection=connection, check_slug="a", cause="unknown", since=days_ago(3))
    second = Incident.objects.create(connection=connection, check_slug="b", cause="unknown", since=days_ago(2))
    Connection.objects.update(broken_since=first.since)
    assert len(report_all()) == 1

    Incident.objects.filter(pk=first.pk).update(closed_at=days_ago(1))
    Connection.objects.update(broken_since=second.since)
    assert len(report_all()) == 1

    Incident.objects.update(closed_at=days_ago(1))
    third = Incident.objects.create(connection=connection, check_slug="a", cause="unknown", since=timezone.now())
    Connection.objects.update(broken_since=third.since)
    assert len(report_all()) == 2


def test_what_began_before_a_kind_was_selected_is_not_reported(waiting: SyncProfile, make_channel: MakeChannel) -> None:
    begin_breakage(waiting)
    make_channel()
    ChannelKind.objects.update(since=timezone.now())
    assert report_all() == []


def test_what_is_older_than_stored_messages_is_not_reported_again(
    waiting: SyncProfile, make_channel: MakeChannel
) -> None:
    make_channel()
    begin_breakage(waiting)
    report_all()
    send(ChannelMessage.objects.get())

    with travel(timezone.now() + timedelta(days=91)):
        ChannelMessage.objects.update(state="done", sent_at=timezone.now(), failure_reason="")
        ChannelMessage.objects.update(finished_at=days_ago(91))
        prune_now("channel-messages")
        assert not ReportedOccasion.objects.exists()
        assert report_all() == []


def test_many_occasions_at_once_share_one_message(make: Callable[..., Connection], make_channel: MakeChannel) -> None:
    make_channel(language="fr-ca")
    make_channel("teams")
    for number in range(MOST + 1):
        make(f"Customer {number}", broken_since=timezone.now(), must_act="sage")

    assert report_all()[1] == ("connection_broken", "11 connections are broken.")
    assert (ChannelMessage.objects.count(), ReportedOccasion.objects.count()) == (2, 2 * (MOST + 1))
    assert ChannelMessage.objects.filter(customer=None, link=reverse("operations:board")).count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_report_an_occasion_once(make_channel: MakeChannel) -> None:
    make_channel()
    occasion = Occasion("1", timezone.now(), "/")

    def work(_number: int) -> None:
        report(KINDS["webhook_disabled"], [Occasion("1", occasion.since, "/", facts={"host": "example.com"})])
        database.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    assert ChannelMessage.objects.count() == 1


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
    assert "Not delivered The service refused the message (404) no_service" in words(browser_of_sue.get(CHANNELS))


def test_service_that_asks_for_time_gets_it(receiver: Receiver, make_channel: MakeChannel, support: User) -> None:
    receiver.statuses, receiver.headers = [429], {"Retry-After": "1200"}
    message = send(channel_test(channel=make_channel("slack", receiver.url), actor=support))

    assert message.state == State.QUEUED
    assert message.due_at
    assert message.due_at > timezone.now() + timedelta(minutes=19)


def test_channel_by_email_uses_the_outbox(make_channel: MakeChannel, waiting: SyncProfile) -> None:
    make_channel("email", "team@example.com", language="fr-ca")
    begin_breakage(waiting)
    report_all()

    assert send(ChannelMessage.objects.get()).sent_at
    email = Email.objects.get(kind="channel_message")
    assert (email.address, email.language, email.customer) == ("team@example.com", "fr-ca", waiting.connection.customer)
    assert "Hillside Foods" in email.text


FIELDS = {"name": "Late requests", "team": "support", "language": "en", "kinds": ["request_waiting"]}
SLACK = FIELDS | {"service": "slack", "secret_url": URL}


def test_url_is_stored_encrypted_and_never_shown(browser_of_sue: Client) -> None:
    page = browser_of_sue.post(NEW_CHANNEL, SLACK, follow=True).content.decode()

    channel = Channel.objects.get()
    assert "hooks.slack.com" in page
    shown = page + browser_of_sue.get(reverse("operations:channel_edit", args=[channel.pk])).content.decode()
    log = str(list(AuditEvent.objects.values()))
    assert "very-secret-part" not in shown + log + str(bytes(channel.envelope or b""))
    refused = browser_of_sue.post(NEW_CHANNEL, SLACK | {"name": ""}).content.decode()
    assert "very-secret-part" not in refused


def test_url_is_still_used_after_the_keys_are_rotated(
    make_channel: MakeChannel, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    make_channel()
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    forget_processes()

    call_command("rotate_keys", verbosity=0)
    settings.ENCRYPTION_KEYS = [NEW]
    assert open_url(Channel.objects.get()) == URL

    Channel.objects.update(envelope=b"lost")
    call_command("rotate_keys", verbosity=0)
    assert "1 URLs of channels cannot be opened" in capsys.readouterr().err


def test_url_that_was_moved_to_another_channel_is_not_used(make_channel: MakeChannel, support: User) -> None:
    channel, other = make_channel("slack"), make_channel("teams")
    Channel.objects.filter(pk=channel.pk).update(envelope=other.envelope)

    message = send(channel_test(channel=Channel.objects.get(pk=channel.pk), actor=support))
    assert (message.state, message.failure_reason) == ("done", "unreadable")


@pytest.mark.parametrize(
    ("changes", "name", "problem"),
    [
        ({"secret_url": ""}, "secret_url", "This field is required"),
        ({"secret_url": "https://10.0.0.1/hook"}, "secret_url", "Enter a public address"),
        ({"secret_url": "hooks.slack.com"}, "secret_url", "Enter an address like https://example.com"),
        ({"service": "email"}, "email", "This field is required"),
        ({"service": "fax"}, "service", "Select a valid choice"),
        ({"kinds": ["rain"]}, "kinds", "Select a valid choice"),
    ],
)
def test_wrong_value_is_reported_beside_its_field(
    browser_of_sue: Client, changes: dict[str, Any], name: str, problem: str
) -> None:
    response = browser_of_sue.post(NEW_CHANNEL, SLACK | changes)

    assert problem in str(response.context["form"].errors[name])
    assert not Channel.objects.exists()


def test_only_https_is_accepted_outside_practice_mode(browser_of_sue: Client, settings: Settings) -> None:
    settings.PRACTICE = False
    settings.SECURE_SSL_REDIRECT = False
    response = browser_of_sue.post(NEW_CHANNEL, SLACK | {"secret_url": "http://hooks.slack.com/services/1"})
    assert "begins with https://" in str(response.context["form"].errors["secret_url"])


def test_change_keeps_the_url_and_what_was_selected_before(
    browser_of_sue: Client, browser_of_sam: Client, make_channel: MakeChannel
) -> None:
    channel = make_channel(kinds=["request_waiting", "deletion_held"])
    page, since = reverse("operations:channel_edit", args=[channel.pk]), channel.kinds.get(kind="request_waiting").since

    values = FIELDS | {"kinds": ["request_waiting", "connection_broken"], "version": "0", "secret_url": ""}
    assert "The channel was changed." in words(browser_of_sue.post(page, values, follow=True))
    changed = Channel.objects.get()
    assert (changed.name, bytes(changed.envelope or b"")) == ("Late requests", bytes(channel.envelope or b""))
    kinds = {kind.kind: kind.since for kind in changed.kinds.all()}
    assert kinds.keys() == {"request_waiting", "connection_broken"}
    assert kinds["request_waiting"] == since < kinds["connection_broken"]
    log = words(browser_of_sue.get(reverse("audit_log:index")))
    assert "Name: Team slack → Late requests" in log
    assert "→ A connection in use is broken, A request waits for longer than the target" in log

    refused = words(browser_of_sam.post(page, values | {"name": "Other"}))
    assert "Sue Support changed this page while you were editing" in refused
    assert "Saved now: Late requests" in refused


def test_deleted_channel_takes_its_messages_with_it(
    browser_of_sue: Client, make_channel: MakeChannel, support: User
) -> None:
    channel = make_channel()
    message = channel_test(channel=channel, actor=support)

    browser_of_sue.post(reverse("operations:channel_delete", args=[channel.pk]))
    assert not Channel.objects.exists()
    channel_message_run(message.pk)
    assert AuditEvent.objects.filter(action="channel.deleted").exists()
