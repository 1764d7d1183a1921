"""Which accounts may be one person's: the two-person rule asks."""

from accounts.models import User
from core.text import mailbox_of


def stands_behind(user: User, other: User) -> bool:
    """Whether `user` may be the person behind `other`: by the same mailbox, or by inviting them.

    Followed through the whole chain of invitations. That both were invited by a third user says nothing: the first user
    of support invites all others.
    """
    behind: User | None = other
    seen: set[int] = set()
    while behind and behind.pk not in seen:
        if behind.pk == user.pk or mailbox_of(behind.email) == mailbox_of(user.email):
            return True
        seen.add(behind.pk)
        behind = behind.invited_by
    return False
