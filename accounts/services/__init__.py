from accounts.services.customers import customer_create
from accounts.services.invitations import (
    invitation_accept,
    invitation_create,
    invitation_renew,
    invitation_revoke,
    invitation_send,
)
from accounts.services.password_resets import password_reset_request
from accounts.services.users import device_end, menu_choose, user_change
from core.errors import Refused

__all__ = [
    "Refused", "customer_create", "device_end", "invitation_accept", "invitation_create", "invitation_renew",
    "invitation_revoke", "invitation_send", "menu_choose", "password_reset_request", "user_change",
]  # fmt: skip
