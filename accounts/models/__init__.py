from accounts.models.imports import Import, ImportLine
from accounts.models.invitations import Invitation
from accounts.models.users import (
    ROOT_NAME,
    Customer,
    LegalEntity,
    OrgUnit,
    Role,
    RoleAssignment,
    User,
    is_suspended,
    validate_time_zone,
)

__all__ = [
    "ROOT_NAME",
    "Customer",
    "Import",
    "ImportLine",
    "Invitation",
    "LegalEntity",
    "OrgUnit",
    "Role",
    "RoleAssignment",
    "User",
    "is_suspended",
    "validate_time_zone",
]
