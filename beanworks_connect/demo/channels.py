"""Channels of Beanworks' teams: one at the practice company's receiver, and one by email."""

from collections.abc import Mapping

from django.urls import reverse

from accounts.models import User
from beanworks_connect.demo.screens import practice_address
from beanworks_connect.demo.team import SUPPORT
from beanworks_connect.demo.times import ago
from core.leases import State
from operations.channels.addresses import set_url
from operations.channels.kinds import KINDS
from operations.models import Channel, ChannelKind, ChannelMessage


def insert_channels(team: Mapping[str, User]) -> None:
    """Insert both channels, and the newest message of the first. They report what begins from now on."""
    sam = team[SUPPORT[0]]
    slack = Channel(name="Requests", team="support", service="slack", language="en", changed_by=sam, created_at=ago(40))
    set_url(slack, f"{practice_address()}/control/webhooks")
    email = Channel(
        name="Onboarding",
        team="customer_success",
        service="email",
        email="onboarding@example.com",
        language="en",
        changed_by=sam,
        created_at=ago(40),
    )
    Channel.objects.bulk_create([slack, email])
    kinds = {slack: [*KINDS], email: ["connection_broken", "customer_stopped"]}
    ChannelKind.objects.bulk_create(
        ChannelKind(channel=channel, kind=kind) for channel in kinds for kind in kinds[channel]
    )
    ChannelMessage.objects.create(
        channel=slack,
        kind="test",
        text="This is a test. Beanworks Connect can report to this channel.",
        link=reverse("operations:channels"),
        state=State.DONE,
        attempts=1,
        started_at=ago(40),
        finished_at=ago(40),
        sent_at=ago(40),
        status=200,
    )
