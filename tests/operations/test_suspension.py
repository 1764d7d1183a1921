"""A customer whose deletion is confirmed is suspended at once, and works again when the deletion is canceled."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Customer, Invitation, User
from api.models import ApiKey
from api.scopes import Scope
from operations.deletion import deletion_cancel, deletion_confirm, deletion_request
from operations.models import CustomerDeletion
from smartsync.models import Schedule
from tests.operations.filled_customer import filled_customer
from tests.operations.test_deletion import second_support
from wizard.models import Handover
from wizard.services.monitoring import _in_use

pytestmark = pytest.mark.django_db


def usable_rows(customer: Customer) -> set[str]:
    Schedule.objects.update(next_at=timezone.now())
    Invitation.objects.update(expires_at=timezone.now() + timedelta(days=1), roles=[])
    rows = {
        "key": ApiKey.objects.usable().filter(customer=customer, scopes=list(Scope)),
        "handover": Handover.objects.usable().filter(connection__customer=customer),
        "invitation": Invitation.objects.usable().filter(customer=customer),
        "schedule": Schedule.objects.due().filter(profile__connection__customer=customer),
        "monitoring": _in_use().filter(customer=customer),
    }
    return {name for name, found in rows.items() if found.exists()}


def test_suspended_customer_cannot_do_anything_until_the_deletion_is_canceled() -> None:
    customer, users = filled_customer()
    ada, stranger = Client(), Client()
    ada.force_login(users["system_administrator"])
    stranger.force_login(users["other_tenant"])
    working = usable_rows(customer)
    deletion = deletion_request(customer=customer, actor=users["support"], reason="They left.")

    deletion_confirm(deletion=deletion, actor=second_support())

    assert usable_rows(customer) == set()
    assert "accounts/login" in ada.get("/account/").headers["Location"]
    assert stranger.get("/account/").status_code == 200

    deletion_cancel(deletion=CustomerDeletion.objects.get(), actor=users["support"])
    assert usable_rows(customer) == working == {"key", "handover", "invitation", "schedule", "monitoring"}
    ada.force_login(User.objects.get(pk=users["system_administrator"].pk))
    assert ada.get("/account/").status_code == 200


def test_usable_rows_can_be_locked_without_their_customer() -> None:
    """PostgreSQL refuses to lock rows of an outer join, and a lock on a customer would hold up all of its users."""
    for rows in (
        ApiKey.objects.usable(),
        Handover.objects.usable(),
        Invitation.objects.usable(),
        Schedule.objects.due(),
        _in_use(),
    ):
        assert "accounts_customer" not in str(rows.query).partition("WHERE")[0], rows.model
        bool(rows.select_for_update())
