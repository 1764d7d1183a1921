from typing import Any, Protocol

from django.db.models import Model

from audit.models import AuditEvent

SYSTEM = "Beanworks Connect"


class Actor(Protocol):
    pk: int
    name: str


def event_record(
    *,
    action: str,
    actor: Actor | None,
    target: Model | None = None,
    customer_id: int | None = None,
    outcome: str = AuditEvent.Outcome.SUCCESS,
    **metadata: Any,
) -> AuditEvent:
    """Write one event into the caller's transaction. No actor: the product itself acted. Metadata must be JSON."""
    return AuditEvent.objects.create(
        action=action,
        actor_id=actor.pk if actor else None,
        actor_name=actor.name if actor else SYSTEM,
        customer_id=customer_id,
        target_type=target._meta.model_name or "" if target else "",
        target_id=target.pk if target else None,
        outcome=outcome,
        metadata=metadata,
    )
