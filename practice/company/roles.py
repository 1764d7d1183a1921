"""Company → Roles: add, edit and delete roles, and set their rights."""

from collections.abc import Mapping
from dataclasses import replace

from practice.company.company import Company
from practice.company.parts import Refused, Role
from practice.company.rights import updated_rights


def add_role(company: Company, name: str, description: str = "") -> Role:
    _check_name(company, name)
    company.roles[name] = Role(name, description)
    return company.roles[name]


def edit_role(company: Company, name: str, *, new_name: str, description: str = "") -> Role:
    role = _existing_role(company, name)
    if new_name != name:
        _check_name(company, new_name)
    company.roles.pop(name)
    company.roles[new_name] = replace(role, name=new_name, description=description)
    for user in company.users.values():
        user.roles = [new_name if role == name else role for role in user.roles]
    return company.roles[new_name]


def delete_role(company: Company, name: str) -> None:
    company.roles.pop(_existing_role(company, name).name)
    for user in company.users.values():
        user.roles = [role for role in user.roles if role != name]


def set_role_rights(company: Company, name: str, rights: Mapping[str, set[str]]) -> None:
    """Replace the rights of a role. Rows of applications without a subscription stay unchanged."""
    role = _existing_role(company, name)
    role.rights = updated_rights(company, role.rights, rights)


def _existing_role(company: Company, name: str) -> Role:
    if name not in company.roles:
        raise Refused(f"There is no role {name}.")
    return company.roles[name]


def _check_name(company: Company, name: str) -> None:
    if not name.strip(" .") or "/" in name or len(name) > 80 or not name.isprintable():
        raise Refused("Enter a role name of up to 80 characters, without a slash.", "name")
    if name in company.roles:
        raise Refused(f"A role named {name} already exists.", "name")
