from collections.abc import Iterable
from typing import Any, Protocol

from django.db.models import Model

from audit.models import AuditEvent

SYSTEM = "Beanworks Connect"


class Actor(Protocol):
    """A guest has no number; its events say in their metadata by which handover it came."""

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
    """An event not yet written. No actor: the product itself acted. Metadata must be JSON."""
    return AuditEvent(
        action=action,
        actor_id=actor.pk if actor else None,
        actor_name=actor.name if actor else SYSTEM,
        customer_id=customer_id,
        target_type=target._meta.model_name or "" if target else "",
        target_id=target.pk if target else None,
        outcome=outcome,
        metadata=metadata,
    )


def event_record(*, action: str, actor: Actor | None, **more: Any) -> AuditEvent:
    """Write one event, said as `event_of` takes it, into the caller's transaction."""
    event = event_of(action=action, actor=actor, **more)
    event.save()
    return event


def events_record(events: Iterable[AuditEvent]) -> None:
    """Write many. In the order of their chains, lest two who do this at once wait for each other at their commits."""
    AuditEvent.objects.bulk_create(sorted(events, key=lambda event: event.customer_id or 0))
