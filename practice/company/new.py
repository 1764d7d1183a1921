import re
from typing import Any

from intacct import catalogue
from practice.company.company import Company
from practice.company.parts import Entity, Refused
from practice.company.roles import add_role, set_role_rights
from practice.company.users import ADMINISTRATOR, add_user, set_user_rights

ADMINISTRATOR_PASSWORD = "practice-admin"  # noqa: S105
ADMINISTRATOR_ROLE = "Administrator"
# Fields that describe the company itself. They survive a reset; all other fields are the result of actions.
LASTING_FIELDS = (
    *("permission_model", "multi_entity", "multi_currency", "base_currency", "subscriptions", "entities", "dimensions"),
    *("formatting", "behavior", "bill_rules", "term_labels", "seed", "sizes", "started"),
)


def new_company(company_id: str, name: str, **values: Any) -> Company:
    """Return a company as it is before the guide: Web Services off, the administrator as the only user."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,39}", company_id):
        raise Refused("A company ID can have up to 40 letters, digits, dots, hyphens or underscores.", "company_id")
    company = Company(company_id, name, **{"subscriptions": {module.slug for module in catalogue.MODULES}} | values)
    if company.multi_entity and not company.entities:
        company.entities = [
            Entity("100", f"{name} US", "USD"),
            Entity("200", f"{name} Canada", "CAD"),
            Entity("300", f"{name} UK", "GBP"),
        ]
    add_role(company, ADMINISTRATOR_ROLE, "Everything")
    everything = {row.slug: set(row.rights) for row in company.policies()}
    set_role_rights(company, ADMINISTRATOR_ROLE, everything)
    add_user(
        company,
        ADMINISTRATOR,
        password=ADMINISTRATOR_PASSWORD,
        last_name="Administrator",
        email="administrator@example.com",
        admin_privileges="Full",
        roles=[ADMINISTRATOR_ROLE],
    )
    set_user_rights(company, ADMINISTRATOR, everything)
    return company


def start_over(company: Company) -> Company:
    """Return the same company as it was before the guide, with its original records."""
    return new_company(company.id, company.name, **{name: getattr(company, name) for name in LASTING_FIELDS})
