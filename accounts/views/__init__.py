from accounts.views.accepting import accept, invited
from accounts.views.inviting import invite, invite_staff, new_customer, people, renew, revoke
from accounts.views.me import device_end, me

__all__ = [
    "accept", "device_end", "invite", "invite_staff", "invited", "me", "new_customer", "people", "renew", "revoke",
]  # fmt: skip
