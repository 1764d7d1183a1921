"""What a function of a request is given, and what it gives back."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.company import Company, User
from sandbox.data.books import Books
from sandbox.gateway.sessions import Session


@dataclass
class Call:
    """One function at work: for whom, where. `events` are changes to be made if the operation stands, and
    `control_ids` those that are used up by then if they are `unique`."""

    company: Company
    user: User
    entity: str
    session: Session | None
    books: Books
    endpoint: str
    weather: set[str] = field(default_factory=set)
    events: list[dict[str, Any]] = field(default_factory=list)
    unique: bool = False
    control_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Raw:
    """A reply that is not the envelope: bare JSON or CSV."""

    body: bytes
    content_type: str
