from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from operations.channels.kinds import KINDS
from operations.channels.services import channel_create
from operations.models import Channel

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
