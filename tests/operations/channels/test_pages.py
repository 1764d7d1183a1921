"""The pages of channels: URLs are secrets, wrong values are reported, outdated forms are refused."""

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import User
from audit.models import AuditEvent
from operations.channels.addresses import open_url
from operations.channels.services import channel_test
from operations.models import Channel
from operations.tasks import channel_message_run
from tests.operations.channels.acts import send
from tests.operations.channels.conftest import URL, MakeChannel
from tests.wizard.pages.reading import words
from tests.wizard.test_rotate_keys import NEW, OLD, forget_processes

pytestmark = pytest.mark.django_db
CHANNELS, NEW_CHANNEL = reverse("operations:channels"), reverse("operations:channel_new")
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
