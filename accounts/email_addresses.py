"""Every user has one address, and it is verified, because an invitation is only sent to that address.

allauth keeps addresses in its own table and looks users up there. It refuses a second factor to a user with an
unverified address there.
"""

from collections.abc import Container
from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import Q

from accounts.models import User


def store_verified_address(user: User) -> None:
    """Make allauth's table repeat `User.email`, and hold nothing else about this user or address."""
    stale = Q(user=user) ^ Q(email=user.email)
    EmailAddress.objects.filter(stale).delete()
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def store_saved_address(instance: User, raw: bool, update_fields: Container[str] | None = None, **details: Any) -> None:
    """Update the address after a user was saved. Most saves only record a sign-in and do not change the address."""
    if not raw and (update_fields is None or "email" in update_fields):
        store_verified_address(instance)


def store_proved_address(user: User, **details: Any) -> None:
    """Store the address as verified after a password reset: the user followed the emailed link, so they read the
    mailbox.
    """
    store_verified_address(user)
