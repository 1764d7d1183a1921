"""How much work waits in each queue, and for how long."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.queue_states import QueueState, queue_states
from mail.models import Email
from tests.support.stack import drop_messages

pytestmark = pytest.mark.django_db


def state_of(queue: str) -> QueueState:
    return {state.name: state for state in queue_states()}[queue]


def email(minutes: float = 0, **values: object) -> Email:
    """Return an email that was put into the outbox so many minutes ago."""
    row = Email.objects.create(kind="x", dedupe_key=str(minutes), address="ada@example.com", language="en")
    Email.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(minutes=minutes), **values)
    return row


def test_every_queue_of_the_settings_is_listed_once() -> None:
    assert [state.name for state in queue_states()] == ["checks", "mail", "periodic", "syncs", "webhooks"]


def test_empty_queue_has_no_age() -> None:
    drop_messages()

    assert state_of("mail") == QueueState("mail", rows=0, age=0.0, messages=0)


def test_age_is_that_of_the_row_that_waits_longest() -> None:
    email(minutes=5)
    email(minutes=30)

    state = state_of("mail")

    assert state.rows == 2
    assert 1800 <= state.age < 1860


def test_row_that_a_worker_has_does_not_wait() -> None:
    Email.objects.claim(email(minutes=5).pk)

    assert state_of("mail").rows == 0


def test_row_waits_from_the_end_of_its_pause() -> None:
    now = timezone.now()
    email(minutes=60, due_at=now - timedelta(minutes=1))
    email(minutes=61, due_at=now + timedelta(minutes=1))

    state = state_of("mail")

    assert state.rows == 1
    assert 60 <= state.age < 120
