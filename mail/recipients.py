"""Who receives an email."""

from django.db.models import QuerySet

from accounts.models import Customer, LegalEntity, Role, User


def support() -> list[User]:
    return list(User.objects.filter(kind=User.Kind.SUPPORT, is_active=True))


def root_administrators(customer: Customer) -> list[User]:
    """System Administrators whose home is the Root Org Unit: those who may change the connection."""
    return list(User.objects.root_administrators().filter(customer=customer))


def administrators_reaching(legal_entity: LegalEntity) -> list[User]:
    return [user for user in _administrators(legal_entity.customer) if reaches(user, legal_entity)]


def reaches(user: User, legal_entity: LegalEntity) -> bool:
    return LegalEntity.objects.visible_to(user).filter(pk=legal_entity.pk).exists()


def _administrators(customer: Customer) -> QuerySet[User]:
    return User.objects.filter(customer=customer, is_active=True, roles__role=Role.SYSTEM_ADMINISTRATOR)
