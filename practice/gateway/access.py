"""Who can sign in, and what they can do, computed from the permissions in the company."""

from collections.abc import Sequence

from intacct import catalogue
from practice.company import Company, User
from practice.gateway import refusals
from practice.gateway.request import Login
from practice.policies import POLICIES, TYPE_CAP, Policy, dimension_policy
from practice.records.field_definitions import Definition, definition_of
from practice.records.sources import mix
from practice.records.table import Table

MODULE_NAMES = {module.slug: module.name for module in catalogue.MODULES}
MULTI_ENTITY = frozenset({"LOCATIONENTITY"})
MULTI_CURRENCY = frozenset({"EXCHANGERATE", "EXCHANGERATEENTRY", "EXCHANGERATETYPES"})


def sign_in(company: Company, login: Login) -> tuple[User, str]:
    """Sign in. Return the user and the entity they work in ("" is the top level)."""
    behavior, user = company.behavior, company.users.get(login.user)
    if user:
        _check_lock(user)
    if user is None or not user.password or user.password != login.password:
        raise refusals.wrong_user(behavior.wrong_user)
    check_active(company, user)
    check_address(company)
    return user, entity_of(company, user, login.entity)


def _check_lock(user: User) -> None:
    if user.status == "Locked out":
        raise refusals.locked_out()


def check_active(company: Company, user: User) -> None:
    _check_lock(user)
    if user.status != "Active":
        if company.behavior.inactive_user == "text":
            raise refusals.inactive_user(user.status)
        raise refusals.wrong_user(company.behavior.wrong_user)


def check_address(company: Company) -> None:
    if not company.ip_filter:
        return
    match company.behavior.ip_filtered:
        case "text":
            raise refusals.address_refused()
        case "forbidden":
            raise refusals.forbidden()
        case _:
            raise refusals.wrong_user(company.behavior.wrong_user)


def entity_of(company: Company, user: User, wanted: str) -> str:
    allowed = [entity.id for entity in company.entities_of(user)] if company.multi_entity else []
    if wanted and company.top_level_only:
        raise refusals.top_level_only()
    if not wanted:
        restricted = company.multi_entity and not user.top_level
        return allowed[0] if restricted and allowed else ""
    if wanted in allowed:
        return wanted
    if company.behavior.bad_entity == "text":
        raise refusals.entity_refused(wanted)
    raise refusals.wrong_user(company.behavior.wrong_user)


def check_sender(company: Company, sender: str) -> None:
    if not company.web_services_on:
        if company.behavior.web_services_off == "wrong-user":
            raise refusals.wrong_user(company.behavior.wrong_user)
        raise refusals.web_services_off(company.behavior.web_services_off)
    authorization = company.authorization(sender)
    if authorization is None or authorization.status != "Active":
        raise refusals.unauthorized(sender, company.id)


def definition_for(company: Company, object_name: str, errorno: str = "Query Failed") -> Definition:
    """Return the object, or refuse if this company does not have it: no such object, application or kind of company."""
    definition = definition_of(company, object_name) or definition_of(company, object_name.upper())
    if definition is None:
        raise refusals.unknown_object(object_name, errorno)
    if definition.object in (frozenset() if company.multi_entity else MULTI_ENTITY):
        raise refusals.unknown_object(object_name, errorno)
    if definition.object in (frozenset() if company.multi_currency else MULTI_CURRENCY):
        raise refusals.unknown_object(object_name, errorno)
    modules = [row.module for row in _rows(company, definition)]
    if modules and not any(company.is_subscribed(module) for module in modules):
        _refuse_missing(company.behavior.missing_module, definition.object, MODULE_NAMES[modules[0]], errorno)
    return definition


def _refuse_missing(behavior: str, object_name: str, module: str, errorno: str) -> None:
    match behavior:
        case "not-found":
            raise refusals.unknown_object(object_name, errorno)
        case "not-subscribed":
            raise refusals.not_subscribed(module)
        case "disabled":
            raise refusals.disabled()
        case "unauthorized":
            raise refusals.unauthorized_action()


def _rows(company: Company, definition: Definition) -> list[Policy]:
    """Return the rows of the permissions screen that give access to the object. One of them is enough."""
    if definition.dimension:
        return [dimension_policy(definition.object, definition.object)]
    rows = [row for row in POLICIES if definition.object in row.objects]
    alone = [row for row in rows if row.module == company.behavior.items_opened_by]
    return alone if definition.object == "ITEM" and alone else rows


def check_may_read(company: Company, user: User, definition: Definition, operation: str) -> None:
    rights = company.rights_of(user)
    cap = TYPE_CAP.get(user.user_type, frozenset())
    capped = cap is not None and definition.object not in cap
    if capped or not any(_opens(company, row, rights.get(row.slug, set())) for row in _rows(company, definition)):
        if definition.object == "AUDITHISTORY":
            raise refusals.audit_denied()
        name = definition.object.lower() if operation.startswith("READ") else definition.object
        raise refusals.denied(operation, name)


def _opens(company: Company, row: Policy, ticks: set[str]) -> bool:
    """Whether these rights let the API read records: View, or Run for a row that has only Run."""
    if row.rights == ("Run",):
        return "Run" in ticks
    view = "View" in ticks and (company.behavior.view_suffices or "List" in ticks)
    return view or (company.behavior.list_suffices and "List" in ticks)


def visible_rows(user: User, table: Table, rows: Sequence[int]) -> Sequence[int]:
    """Return the records that the user can see."""
    percent = user.visible_percent.get(table.definition.object, 100)
    return rows if percent >= 100 else [i for i in rows if mix(i) % 100 < percent]


def has_right(company: Company, user: User, slug: str, *rights: str) -> bool:
    """Whether the user has any of these rights of a row."""
    return bool(company.rights_of(user).get(slug, set()) & set(rights))


def has_module(company: Company, user: User, module: str) -> bool:
    """Whether the user has any right of the application."""
    rights = company.rights_of(user)
    return any(row.slug in rights for row in company.policies() if row.module == module)
