"""A connection in use whose next legal entity waits for its sync profile."""

import pytest
from django.utils import timezone

from wizard.models import SyncProfile
from wizard.services.board import _must_act_on_requests


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "must_act"), [("requested", "beanworks"), ("asked", "customer"), ("declined", "no_one")]
)
def test_connection_in_use_waits_for_who_must_act_on_its_next_request(
    asked: SyncProfile, state: str, must_act: str
) -> None:
    asked.state = state
    if state == "requested":
        asked.claimed_by, asked.claimed_at = None, None
    if state == "declined":
        asked.decided_by, asked.decided_at = asked.claimed_by, timezone.now()
    asked.save()

    assert _must_act_on_requests(asked.connection) == must_act
