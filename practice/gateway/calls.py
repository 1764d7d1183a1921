"""The input of a function of a request, and a reply without envelope."""

from dataclasses import dataclass, field
from typing import Any

from practice.company import Company, User
from practice.gateway.sessions import Session
from practice.records.dataset import Dataset


@dataclass
class Call:
    """One call of a function: its company, user, entity and session.

    `events` and `control_ids` are saved only if the operation succeeds: the changes, and the control IDs to mark as
    used if they are `unique`.
    """

    company: Company
    user: User
    entity: str
    session: Session | None
    dataset: Dataset
    endpoint: str
    fault_names: set[str] = field(default_factory=set)
    events: list[dict[str, Any]] = field(default_factory=list)
    unique: bool = False
    control_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Raw:
    """A reply without the XML envelope: bare JSON or CSV."""

    body: bytes
    content_type: str
