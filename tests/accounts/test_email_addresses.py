"""Every user has one verified address in allauth's table."""

from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps

from accounts.models import User

pytestmark = pytest.mark.django_db
MIGRATION = import_module("accounts.migrations.0003_verified_addresses")


def addresses() -> set[tuple[str, str, bool, bool]]:
    return set(EmailAddress.objects.values_list("user__name", "email", "verified", "primary"))


def test_every_new_user_has_a_verified_address(administrator: User, support: User) -> None:
    assert addresses() == {
        ("Ada Root", "ada.root@example.com", True, True),
        ("Sue Support", "sue.support@example.com", True, True),
    }


def test_changed_address_replaces_the_previous_one(administrator: User) -> None:
    administrator.email = "ada.married@example.com"
    administrator.save()

    assert addresses() == {("Ada Root", "ada.married@example.com", True, True)}


def test_address_can_move_from_one_user_to_another(administrator: User, support: User) -> None:
    administrator.email = "ada.married@example.com"
    administrator.save(update_fields=["email"])
    support.email = "ada.root@example.com"
    support.save()

    assert addresses() == {
        ("Ada Root", "ada.married@example.com", True, True),
        ("Sue Support", "ada.root@example.com", True, True),
    }


def test_the_migration_verifies_the_addresses_of_existing_users(administrator: User, support: User) -> None:
    EmailAddress.objects.filter(user=administrator).update(verified=False, primary=False)
    EmailAddress.objects.filter(user=support).delete()

    MIGRATION.store_verified_addresses(apps, None)

    assert addresses() == {
        ("Ada Root", "ada.root@example.com", True, True),
        ("Sue Support", "sue.support@example.com", True, True),
    }


def test_migration_spells_addresses_as_sign_in_looks_them_up(administrator: User, support: User) -> None:
    """An address that two users spell differently stays as it is: only one of them can have it."""
    User.objects.filter(pk=administrator.pk).update(email="ada@exämple.ca")
    User.objects.filter(pk=support.pk).update(email="sue@exämple.ca")
    User.objects.create(email="sue@xn--exmple-cua.ca", name="Sue Second", kind=User.Kind.SUPPORT)

    MIGRATION.write_emails_in_one_spelling(apps, None)

    assert set(User.objects.values_list("email", flat=True)) == {
        "ada@xn--exmple-cua.ca",
        "sue@exämple.ca",
        "sue@xn--exmple-cua.ca",
    }
