"""Who to talk to at a customer."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Greatest

from accounts.models import Customer, Role, User
from audit.models import AuditEvent
from core.collation import Natural
from core.templatetags.components import language_label


@dataclass(frozen=True)
class Contact:
    """One System Administrator. `can_connect`: their home is the Root Org Unit, so they may change the connection."""

    user: User
    last_seen_at: datetime | None

    @property
    def can_connect(self) -> bool:
        return self.user.home_org_unit is not None and self.user.home_org_unit.is_root

    @property
    def language(self) -> str:
        return language_label(self.user.language)


def contacts_of(customer: Customer) -> list[Contact]:
    """Return the active System Administrators, first those who can connect, and of these the one seen last."""
    users = customer.users.filter(is_active=True, roles__role=Role.SYSTEM_ADMINISTRATOR)
    seen = with_last_seen(users).select_related("home_org_unit").order_by(Natural("name"))
    contacts = [Contact(user, user.last_seen_at) for user in seen]  # type: ignore[attr-defined]  # annotated
    contacts.sort(key=lambda contact: contact.last_seen_at.timestamp() if contact.last_seen_at else 0, reverse=True)
    return sorted(contacts, key=lambda contact: not contact.can_connect)


def with_last_seen(users: QuerySet[User]) -> QuerySet[User]:
    """Add to each user `last_seen_at`: when they last signed in or did what the audit log records."""
    # Without the names of who acted, which `objects` adds.
    events = AuditEvent._base_manager.filter(actor_id=OuterRef("pk")).order_by("-occurred_at")
    return users.annotate(last_seen_at=Greatest("last_login", Subquery(events.values("occurred_at")[:1])))
