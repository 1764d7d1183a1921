"""The state of one practice company, and every action a user can do in it.

This package has no HTTP, XML or files. The gateway reads the state; screens and control API change it; `world` saves it
to a file.
"""

from practice.company.behavior import Behavior, Formatting
from practice.company.company import ADMINISTRATOR, AUTHORIZATION_STATUSES, PERMISSION_MODELS, Company, check_user
from practice.company.new import ADMINISTRATOR_PASSWORD, ADMINISTRATOR_ROLE, new_company, start_over
from practice.company.parts import (
    CustomField,
    Dimension,
    Entity,
    Mail,
    Refused,
    Rights,
    Role,
    SenderAuthorization,
    User,
)

__all__ = [
    "ADMINISTRATOR",
    "ADMINISTRATOR_PASSWORD",
    "ADMINISTRATOR_ROLE",
    "AUTHORIZATION_STATUSES",
    "PERMISSION_MODELS",
    "Behavior",
    "Company",
    "CustomField",
    "Dimension",
    "Entity",
    "Formatting",
    "Mail",
    "Refused",
    "Rights",
    "Role",
    "SenderAuthorization",
    "User",
    "check_user",
    "new_company",
    "start_over",
]
