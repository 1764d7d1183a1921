"""Every user has one address, and it is verified: an invitation reaches its reader nowhere else.

allauth keeps addresses in a table of its own, where it looks users up. It refuses a second factor to a user with an
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
    """After a user was saved. Most saves note a sign-in and leave the address as it was."""
    if not raw and (update_fields is None or "email" in update_fields):
        store_verified_address(instance)


def store_proved_address(user: User, **details: Any) -> None:
    """After a reset: who followed the emailed link reads the mailbox."""
    store_verified_address(user)
