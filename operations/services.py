from django.db import transaction

from accounts.models import Customer, User
from audit.services import event_record
from operations.models import SavedView


def view_save(*, user: User, name: str, query: str) -> None:
    """Save a view. If the user has a view of this name, replace it."""
    SavedView.objects.update_or_create(user=user, name=name, defaults={"query": query})


def view_remove(*, view: SavedView) -> None:
    view.delete()


@transaction.atomic
def customer_assign(*, customer: Customer, manager: User | None, actor: User) -> None:
    customer.success_manager = manager
    customer.save(update_fields=["success_manager"])
    event_record(
        action="customer.assigned",
        actor=actor,
        target=customer,
        customer_id=customer.pk,
        manager=manager.name if manager else "",
    )
