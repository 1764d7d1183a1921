"""Handovers to Intacct administrators: one at work, one whose email bounced, one that expired unopened."""

from collections.abc import Sequence
from dataclasses import dataclass

from beanworks_connect.demo.customers import Tenant
from beanworks_connect.demo.insertion import insert
from beanworks_connect.demo.times import ago
from core.tokens import LinkToken
from wizard.models import Handover
from wizard.models.handover import VALID_FOR
from wizard.stages import handed_over_stages


@dataclass(frozen=True)
class Guest:
    name: str
    email: str
    days: float
    opened: bool = False
    bounced: bool = False


GUESTS = {
    "Birch Lane Foods": Guest("Gus Grant", "gus.grant@example.com", 1.5, opened=True),
    "Cobalt Bay Marine": Guest("Ingrid Thorne", "ingrid.thorn@example.com", 2, bounced=True),
    "Dogwood Dental Group": Guest("Wes Carter", "wes.carter@example.com", 20),
}
NOTE = "Could you do these steps in Intacct this week? Call me if anything is unclear."
BOUNCE = "550 5.1.1 No such user here"


def insert_handovers(tenants: Sequence[Tenant]) -> Sequence[tuple[Guest, Handover, LinkToken]]:
    """Insert them. Return each with its guest and the token of its link."""
    tokens = [LinkToken.create() for _guest in GUESTS]
    with_guest = [tenant for tenant in tenants if tenant.story.name in GUESTS]
    handovers = insert(_handover(*parts) for parts in zip(with_guest, tokens, strict=True))
    guests = [GUESTS[tenant.story.name] for tenant in with_guest]
    return [*zip(guests, handovers, tokens, strict=True)]


def _handover(tenant: Tenant, token: LinkToken) -> Handover:
    guest = GUESTS[tenant.story.name]
    made_at = ago(guest.days)
    return Handover(
        connection=tenant.connection,
        stages=[stage.slug for stage in handed_over_stages()],
        name=guest.name,
        email=guest.email,
        note=NOTE,
        created_by=tenant.administrator,
        created_at=made_at,
        token_hash=token.hash,
        expires_at=made_at + VALID_FOR,
        opened_at=ago(guest.days - 0.2) if guest.opened else None,
        last_seen_at=ago(0.1) if guest.opened else None,
    )
