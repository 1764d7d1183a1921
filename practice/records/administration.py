"""Users, roles, rights and entities as API records, made from the company's state."""

from collections.abc import Callable, Iterable

from intacct import catalogue
from practice.company import Company, Role, User
from practice.records.sources import Value

Row = dict[str, Value]
ADMIN_CODES = {"Off": "false", "Limited": "true", "Full": "Full"}
STATUS_CODES = {"Active": "active", "Inactive": "inactive", "Locked out": "lockedout"}
MODULE_NAMES = {module.slug: module.name for module in catalogue.MODULES}


def _with_stamps(rows: Iterable[Row], start: int) -> list[Row]:
    return [
        {"RECORDNO": at + 1, "WHENCREATED": start, "WHENMODIFIED": start, "CREATEDBY": 1, "MODIFIEDBY": 1} | row
        for at, row in enumerate(rows)
    ]


def entity_rows(company: Company, start: int) -> list[Row]:
    if not company.multi_entity or company.top_level_only:
        return []
    rows: Iterable[Row] = (
        {
            "LOCATIONID": entity.id,
            "NAME": entity.name,
            "ENTITYNAME": entity.name,
            "CURRENCY": entity.currency,
            "STATUS": entity.status,
            "ACCOUNTINGTYPE": "Entity",
            "FIRSTMONTH": "1",
        }
        for entity in company.entities
    )
    return _with_stamps(rows, start)


def _user_type(user: User) -> str:
    return f"{user.user_type.lower()} user"


def users(company: Company, start: int) -> list[Row]:
    codes = ADMIN_CODES if company.behavior.admin_reads == "code" else {code: code for code in ADMIN_CODES}
    rows: Iterable[Row] = (
        {
            "LOGINID": user.user_id,
            "DESCRIPTION": f"{user.first_name} {user.last_name}".strip(),
            "EMAIL": user.email,
            "CONTACTINFO.FIRSTNAME": user.first_name,
            "CONTACTINFO.LASTNAME": user.last_name,
            "ADMIN": codes[user.admin_privileges],
            "USERTYPE": _user_type(user),
            "STATUS": STATUS_CODES[user.status],
            "LOGINDISABLED": str(user.web_services_only).lower(),
            "UNRESTRICTED": str(not user.entities).lower(),
            "PWDNEVEREXPIRES": str(user.web_services_only).lower(),
        }
        for user in company.users.values()
    )
    return _with_stamps(rows, start)


def user_restrictions(company: Company, start: int) -> list[Row]:
    rows: list[Row] = []
    for user in company.users.values():
        shared: Row = {
            "LOGINID": user.user_id,
            "FIRSTNAME": user.first_name,
            "LASTNAME": user.last_name,
            "ADMIN": user.admin_privileges,
            "USERTYPE": _user_type(user),
            "STATUS": STATUS_CODES[user.status],
            "UNRESTRICTED": str(not user.entities).lower(),
        }
        for entity_id in user.entities or [""]:
            rows.append({"RECORDNO": str(len(rows) + 1), **shared, "LOCATIONID": entity_id or None})
    return rows


def roles(company: Company, start: int) -> list[Row]:
    rows: Iterable[Row] = (
        {
            "NAME": role.name,
            "DESCRIPTION": role.description,
            "TYPE": "Multi Entity Shared" if company.multi_entity else "Enterprise",
            "APPLYTO": "Login and Slide-In",
        }
        for role in _roles(company)
    )
    return _with_stamps(rows, start)


def _roles(company: Company) -> list[Role]:
    """Return the roles; none in a company with user-based permissions."""
    return list(company.roles.values()) if company.permission_model == "role" else []


def _assignments(company: Company) -> list[tuple[int, str, int, str]]:
    """Return (role key, role name, user key, user ID) for every assignment."""
    keys = {role.name: at + 1 for at, role in enumerate(_roles(company))}
    return [
        (keys[name], name, at + 1, user.user_id)
        for at, user in enumerate(company.users.values())
        for name in user.roles
        if name in keys
    ]


def role_users(company: Company, start: int) -> list[Row]:
    rows: Iterable[Row] = (
        {"ROLEKEY": role_key, "ROLENAME": role, "USERKEY": user_key, "USERLOGINID": user}
        for role_key, role, user_key, user in _assignments(company)
    )
    return _with_stamps(rows, start)


def user_roles(company: Company, start: int) -> list[Row]:
    rows: Iterable[Row] = (
        {"ROLEKEY": role_key, "ROLENAME": role, "U_O_GKEY": user_key, "USERID": user, "TYPE": "User"}
        for role_key, role, user_key, user in _assignments(company)
    )
    return _with_stamps(rows, start)


def role_assignments(company: Company, start: int) -> list[Row]:
    rows: Iterable[Row] = (
        {"ROLEKEY": role_key, "ROLENAME": role, "USER_GROUP_KEY": user_key, "TYPE": "U"}
        for role_key, role, user_key, _ in _assignments(company)
    )
    return _with_stamps(rows, start)


def role_policies(company: Company, start: int) -> list[Row]:
    policies = {row.slug: row for row in company.policies()}
    rows: list[Row] = [
        {
            "ROLEKEY": at + 1,
            "POLICYNAME": policies[slug].name,
            "MODULE": MODULE_NAMES[policies[slug].module],
            "RIGHTS": ticks,
        }
        for at, role in enumerate(_roles(company))
        for slug, ticks in ((slug, "|".join(sorted(rights))) for slug, rights in role.rights.items())
        if slug in policies
    ]
    return _with_stamps(rows, start)


def user_rights(company: Company, start: int) -> list[Row]:
    if company.permission_model != "user":
        return []
    policies = {row.slug: row for row in company.policies()}
    rows: list[Row] = [
        {
            "USERKEY": at + 1,
            "APPLICATION": MODULE_NAMES[policies[slug].module],
            "POLICY": policies[slug].name,
            "RIGHTS": ticks,
        }
        for at, user_id in enumerate(company.users)
        for slug, ticks in (
            (slug, "|".join(sorted(rights))) for slug, rights in company.user_rights.get(user_id, {}).items()
        )
        if slug in policies
    ]
    return _with_stamps(rows, start)


def journals(company: Company, start: int) -> list[Row]:
    titles = {"GJ": "General journal", "APJ": "Accounts payable journal", "CDJ": "Cash disbursements journal"}
    return _with_stamps([{"SYMBOL": name, "TITLE": title, "STATUS": "active"} for name, title in titles.items()], start)


def currencies(company: Company, start: int) -> list[Row]:
    codes = {company.base_currency, *(entity.currency for entity in company.entities)}
    return _with_stamps([{"CODE": code, "STATUS": "active"} for code in sorted(codes)], start)


def preferences(company: Company, start: int) -> list[Row]:
    values = company.preferences()
    return _with_stamps(
        [
            {"APPLICATION": application, "PREFERENCE": name, "PREFVALUE": value}
            for application, rows in values.items()
            for name, value in rows.items()
        ],
        start,
    )


ADMINISTRATION: dict[str, Callable[[Company, int], list[Row]]] = {
    "USERINFO": users,
    "USERRESTRICTION": user_restrictions,
    "ROLES": roles,
    "ROLEUSERS": role_users,
    "USERROLES": user_roles,
    "ROLEASSIGNMENT": role_assignments,
    "ROLEPOLICYASSIGNMENT": role_policies,
    "USERRIGHTS": user_rights,
    "GLJOURNAL": journals,
    "TRXCURRENCIES": currencies,
    "COMPANYPREF": preferences,
}
