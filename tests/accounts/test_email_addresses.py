"""Every user has one verified address in allauth's table."""

import pytest
from allauth.account.models import EmailAddress

from accounts.models import User

pytestmark = pytest.mark.django_db


def addresses() -> set[tuple[str, str, bool, bool]]:
    return set(EmailAddress.objects.values_list("user__name", "email", "verified", "primary"))


def test_every_new_user_has_a_verified_address(administrator: User, support: User) -> None:
    assert addresses() == {
        ("Ada Root", "ada@example.com", True, True),
        ("Sue Support", "sue@example.com", True, True),
    }


def test_changed_address_replaces_the_previous_one(administrator: User) -> None:
    administrator.email = "ada.married@example.com"
    administrator.save()

    assert addresses() == {("Ada Root", "ada.married@example.com", True, True)}


def test_address_can_move_from_one_user_to_another(administrator: User, support: User) -> None:
    administrator.email = "ada.married@example.com"
    administrator.save(update_fields=["email"])
    support.email = "ada@example.com"
    support.save()

    assert addresses() == {
        ("Ada Root", "ada.married@example.com", True, True),
        ("Sue Support", "ada@example.com", True, True),
    }
