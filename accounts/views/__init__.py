from accounts.views.customers import customer, customer_edit, new_customer
from accounts.views.imports import import_csv, import_page, import_start, import_template, imports, invite_several
from accounts.views.invitations import accept, open_invitation
from accounts.views.org_units import (
    legal_entity_add,
    legal_entity_close,
    legal_entity_edit,
    legal_entity_reopen,
    org_unit_add,
    org_unit_edit,
    org_unit_remove,
)
from accounts.views.profile import device_end, menu, profile
from accounts.views.second_factor import set_up_app
from accounts.views.user import second_factor_reset, user, user_deactivate, user_edit, user_reactivate
from accounts.views.users import correct, invite, invite_staff, renew, revoke, users

__all__ = [
    "accept", "correct", "customer", "customer_edit", "device_end", "import_csv", "import_page", "import_start",
    "import_template", "imports", "invite", "invite_several", "invite_staff", "legal_entity_add",
    "legal_entity_close", "legal_entity_edit", "legal_entity_reopen", "menu", "new_customer", "open_invitation",
    "org_unit_add", "org_unit_edit", "org_unit_remove", "profile", "renew", "revoke", "second_factor_reset",
    "set_up_app", "user", "user_deactivate", "user_edit", "user_reactivate", "users",
]  # fmt: skip
