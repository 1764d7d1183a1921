"""Who to talk to at a customer."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, QuerySet

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
    users = User.objects.filter(customer=customer, is_active=True, roles__role=Role.SYSTEM_ADMINISTRATOR)
    users = users.select_related("home_org_unit").order_by(Natural("name"))
    seen = _last_events(customer, users)
    contacts = [Contact(user, max(filter(None, [user.last_login, seen.get(user.pk)]), default=None)) for user in users]
    contacts.sort(key=lambda contact: contact.last_seen_at.timestamp() if contact.last_seen_at else 0, reverse=True)
    return sorted(contacts, key=lambda contact: not contact.can_connect)


def _last_events(customer: Customer, users: QuerySet[User]) -> dict[int, datetime]:
    """Return when each user last did something, by the user's key."""
    events = AuditEvent.objects.filter(customer_id=customer.pk, actor_id__in=[user.pk for user in users])
    return dict(events.values_list("actor_id").annotate(Max("occurred_at")).order_by())
