from accounts.services.customers import customer_create, legal_entity_create, org_unit_create, part_change
from accounts.services.invitations import (
    invitation_accept,
    invitation_create,
    invitation_renew,
    invitation_revoke,
    invitation_send,
)
from accounts.services.password_resets import password_reset_request
from accounts.services.users import device_end, menu_choose, roles_change, user_change, user_create
from core.errors import Refused

__all__ = [
    "Refused", "customer_create", "device_end", "invitation_accept", "invitation_create", "invitation_renew",
    "invitation_revoke", "invitation_send", "legal_entity_create", "menu_choose", "org_unit_create", "part_change",
    "password_reset_request", "roles_change", "user_change", "user_create",
]  # fmt: skip
