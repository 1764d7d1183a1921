"""The state of one practice company, and every act a person can do in it.

Nothing here knows HTTP, XML or files: the gateway reads it, screens and control API change it, `world` keeps it.
"""

from sandbox.company.company import ADMINISTRATOR, PERMISSION_MODELS, Company
from sandbox.company.new import ADMINISTRATOR_PASSWORD, ADMINISTRATOR_ROLE, new_company
from sandbox.company.parts import (
    Behaviour,
    CustomField,
    Dimension,
    Entity,
    Formatting,
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
]
