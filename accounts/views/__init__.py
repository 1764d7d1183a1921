from accounts.views.invitations import accept, open_invitation
from accounts.views.profile import device_end, menu, profile
from accounts.views.second_factor import set_up_app
from accounts.views.users import invite, invite_staff, new_customer, renew, revoke, users

__all__ = [
    "accept", "device_end", "invite", "invite_staff", "menu", "new_customer", "open_invitation", "profile",
    "renew", "revoke", "set_up_app", "users",
]  # fmt: skip
