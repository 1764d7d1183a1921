from typing import Any

from audit.services import event_record
from wizard.models import Connection, Guest, Visitor


def record(action: str, connection: Connection, actor: Visitor | None, **metadata: Any) -> None:
    """Record an event of a connection. For a guest, the event names the handover."""
    if isinstance(actor, Guest):
        metadata["handover"] = actor.handover.pk
    event_record(action=action, actor=actor, target=connection, customer_id=connection.customer_id, **metadata)
