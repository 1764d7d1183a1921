from accounts.services.customers import customer_create, customer_lock, part_change, refuse_suspended
from accounts.services.deactivation import second_factor_reset, user_deactivate, user_reactivate
from accounts.services.invitations import (
    invitation_accept,
    invitation_correct,
    invitation_create,
    invitation_renew,
    invitation_revoke,
    invitation_send,
)
from accounts.services.org_units import (
    legal_entity_change,
    legal_entity_close,
    legal_entity_create,
    legal_entity_reopen,
    org_unit_change,
    org_unit_create,
    org_unit_remove,
    removal_refusal,
)
from accounts.services.password_resets import password_reset_request
from accounts.services.users import device_end, menu_choose, user_administer, user_change, user_create, user_lock
from core.errors import Refused

__all__ = [
    "Refused", "customer_create", "customer_lock", "device_end", "invitation_accept", "invitation_correct",
    "invitation_create", "invitation_renew", "invitation_revoke", "invitation_send", "legal_entity_change",
    "legal_entity_close", "legal_entity_create", "legal_entity_reopen", "menu_choose", "org_unit_change",
    "org_unit_create", "org_unit_remove", "part_change", "password_reset_request", "refuse_suspended",
    "removal_refusal", "second_factor_reset", "user_administer", "user_change", "user_create",
    "user_deactivate", "user_lock", "user_reactivate",
]  # fmt: skip
