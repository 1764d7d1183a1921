"""Which accounts may belong to the same person. The two-person rule needs this."""

from accounts.models import User
from core.text import mailbox_of


def may_be_same_person(user: User, other: User) -> bool:
    """Whether `user` may be the person behind `other`: by the same mailbox, or by inviting them.

    The whole chain of invitations is followed. It does not count that a third user invited both: the first support user
    invites all others.
    """
    inviter: User | None = other
    seen: set[int] = set()
    while inviter and inviter.pk not in seen:
        if inviter.pk == user.pk or mailbox_of(inviter.email) == mailbox_of(user.email):
            return True
        seen.add(inviter.pk)
        inviter = inviter.invited_by
    return False
