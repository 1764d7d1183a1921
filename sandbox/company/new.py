from typing import Any

from intacct import catalogue
from sandbox.company.company import ADMINISTRATOR, Company
from sandbox.company.parts import Entity

ADMINISTRATOR_PASSWORD = "practice-admin"  # noqa: S105
ADMINISTRATOR_ROLE = "Administrator"


def new_company(company_id: str, name: str, **values: Any) -> Company:
    """A company as its administrator finds it before the guide: no Web Services, nobody but themselves."""
    company = Company(company_id, name, **{"subscriptions": {each.slug for each in catalogue.MODULES}} | values)
    if company.multi_entity and not company.entities:
        company.entities = [
            Entity("100", f"{name} US", "USD"),
            Entity("200", f"{name} Canada", "CAD"),
            Entity("300", f"{name} UK", "GBP"),
        ]
    company.role_add(ADMINISTRATOR_ROLE, "Everything")
    everything = {row.slug: set(row.rights) for row in company.policies()}
    company.role_rights_set(ADMINISTRATOR_ROLE, everything)
    company.user_add(
        ADMINISTRATOR,
        password=ADMINISTRATOR_PASSWORD,
        last_name="Administrator",
        email="administrator@example.com",
        admin_privileges="Full",
        roles=[ADMINISTRATOR_ROLE],
    )
    company.user_rights_set(ADMINISTRATOR, everything)
    return company
