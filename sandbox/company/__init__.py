"""The state of one practice company, and every act a person can do in it.

Nothing here knows HTTP, XML or files: the gateway reads it, screens and control API change it, `world` keeps it.
"""

from sandbox.company.circumstances import Behaviour, Formatting
from sandbox.company.company import ADMINISTRATOR, AUTHORIZATION_STATUSES, PERMISSION_MODELS, Company, user_checked
from sandbox.company.new import ADMINISTRATOR_PASSWORD, ADMINISTRATOR_ROLE, new_company, started_over
from sandbox.company.parts import (
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
    "Behaviour",
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
    "new_company",
    "started_over",
    "user_checked",
]
