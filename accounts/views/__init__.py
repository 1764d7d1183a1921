from accounts.views.invitations import accept, invited
from accounts.views.profile import device_end, me
from accounts.views.users import invite, invite_staff, new_customer, people, renew, revoke

__all__ = [
    "accept", "device_end", "invite", "invite_staff", "invited", "me", "new_customer", "people", "renew", "revoke",
]  # fmt: skip
