from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from django.db.models import Model
from django.dispatch import Signal

from audit.actions import find_action
from audit.models import AGENT, SEPARATOR, AuditEvent

events_recorded = Signal()
"""Sent with the list `events` in the transaction that has saved them."""


class Actor(Protocol):
    """Describe who acts. A guest has no primary key; the metadata of its events holds the ID of the handover."""

    @property
    def pk(self) -> int | None: ...
    @property
    def name(self) -> str: ...


_key: ContextVar[Actor | None] = ContextVar("key", default=None)
"""The API key whose request is answered now."""


@contextmanager
def act_with(key: Actor) -> Iterator[None]:
    """Record what is done inside as done with this API key: by itself, or by a user whom the request names."""
    token = _key.set(key)
    try:
        yield
    finally:
        _key.reset(token)


def _key_fields() -> dict[str, int | None]:
    key = _key.get()
    return {"api_key": key.pk} if key else {}


def _agent_fields(actor: Actor | None) -> dict[str, str]:
    """The name of a guest or an API key. A user is only referenced, so that an event has no copy of their name."""
    parties = (actor if actor and actor.pk is None else None, _key.get())
    name = SEPARATOR.join(party.name for party in parties if party)
    return {AGENT: name} if name else {}


def event_of(
    *,
    action: str,
    actor: Actor | None,
    target: Model | None = None,
    customer_id: int | None = None,
    outcome: str = "",
    **metadata: Any,
) -> AuditEvent:
    """Return an event that is not saved yet. Metadata must be JSON.

    Without an actor, the API key of the request acted, or the product itself.

    Raises UnknownAction if no app has registered the action: every event of the audit log can be shown as a sentence.
    """
    known = find_action(action)
    event = AuditEvent(
        action=known.name,
        actor_id=actor.pk if actor else None,
        customer_id=customer_id,
        target_type=target._meta.model_name or "" if target else "",
        target_id=target.pk if target else None,
        outcome=outcome or known.outcome,
    )
    event.metadata = metadata | _key_fields() | _agent_fields(actor)
    return event


def event_record(*, action: str, actor: Actor | None, **more: Any) -> AuditEvent:
    """Save one event in the caller's transaction. The arguments are those of `event_of`."""
    event = event_of(action=action, actor=actor, **more)
    event.save()
    events_recorded.send(AuditEvent, events=[event])
    return event


def events_record(events: Iterable[AuditEvent]) -> None:
    """Save many events."""
    # In the order of their chains: a commit locks the chains of its events one after the other. Two transactions that
    # lock them in different orders would wait for each other (a deadlock).
    saved = AuditEvent.objects.bulk_create(sorted(events, key=lambda event: event.customer_id or 0))
    events_recorded.send(AuditEvent, events=saved)
