from collections.abc import Iterable
from typing import Any, Protocol

from django.db.models import Model

from audit.actions import find_action
from audit.models import AuditEvent

SYSTEM = "Beanworks Connect"


class Actor(Protocol):
    """Describe who acts. A guest has no primary key; the metadata of its events holds the ID of the handover."""

    @property
    def pk(self) -> int | None: ...
    @property
    def name(self) -> str: ...


def event_of(
    *,
    action: str,
    actor: Actor | None,
    target: Model | None = None,
    customer_id: int | None = None,
    outcome: str = AuditEvent.Outcome.SUCCESS,
    **metadata: Any,
) -> AuditEvent:
    """Return an event that is not saved yet. Without an actor, the product itself acted. Metadata must be JSON.

    Raises UnknownAction if no app has registered the action: every event of the audit log can be shown as a sentence.
    """
    return AuditEvent(
        action=find_action(action).name,
        actor_id=actor.pk if actor else None,
        actor_name=actor.name if actor else SYSTEM,
        customer_id=customer_id,
        target_type=target._meta.model_name or "" if target else "",
        target_id=target.pk if target else None,
        outcome=outcome,
        metadata=metadata,
    )


def event_record(*, action: str, actor: Actor | None, **more: Any) -> AuditEvent:
    """Save one event in the caller's transaction. The arguments are those of `event_of`."""
    event = event_of(action=action, actor=actor, **more)
    event.save()
    return event


def events_record(events: Iterable[AuditEvent]) -> None:
    """Save many events."""
    # In the order of their chains: a commit locks the chains of its events one after the other. Two transactions that
    # lock them in different orders would wait for each other (a deadlock).
    AuditEvent.objects.bulk_create(sorted(events, key=lambda event: event.customer_id or 0))
