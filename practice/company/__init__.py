"""The state of one practice company, and every action a user can do in it: one module for each screen.

This package has no HTTP, XML or files. The gateway reads the state; screens and control API change it;
`practice.state` saves it to a file.
"""

from practice.company.behavior import Behavior, Formatting
from practice.company.bill_rules import BillRules
from practice.company.company import Company
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
    "ADMINISTRATOR_PASSWORD",
    "ADMINISTRATOR_ROLE",
    "Behavior",
    "BillRules",
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
    "start_over",
]
