"""What channels report, and that they do it once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from time_machine import travel

from api.models import WebhookEndpoint
from api.webhooks.endpoints import disable, endpoint_create
from operations.channels.kinds import KINDS, Occasion
from operations.channels.reporting import MOST, report
from operations.models import ChannelKind, ChannelMessage, ReportedOccasion
from tests.operations.channels.acts import BEGINNINGS, begin_breakage, days_ago, report_all, send
from tests.operations.channels.conftest import MakeChannel
from tests.support.retention import prune_now
from wizard.models import Connection, Incident, SyncProfile

pytestmark = pytest.mark.django_db


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
