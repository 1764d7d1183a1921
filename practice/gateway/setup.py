"""The functions that return the company's setup and its users' permissions."""

from lxml import etree

from intacct import catalogue
from practice.company import User
from practice.gateway import access, refusals
from practice.gateway.calls import Call
from practice.gateway.sessions import start
from practice.gateway.xml import element, leaf
from practice.records import times

# Standard dimensions: object, name on the screen. A company can rename them (Company.term_labels).
DIMENSIONS = (
    ("DEPARTMENT", "Department"),
    ("LOCATION", "Location"),
    ("PROJECT", "Project"),
    ("CUSTOMER", "Customer"),
    ("VENDOR", "Vendor"),
    ("EMPLOYEE", "Employee"),
    ("ITEM", "Item"),
    ("CLASS", "Class"),
    ("CONTRACT", "Contract"),
    ("TASK", "Task"),
    ("WAREHOUSE", "Warehouse"),
    ("COSTTYPE", "Cost type"),
)


def get_api_session(call: Call, node: etree._Element) -> str:
    """Start a session: at the given entity, at the top level for an empty ID, or at the current entity without one."""
    requested = node.findtext("locationid")
    entity = call.entity
    if requested is not None or node.find("locationid") is not None:
        entity = access.entity_of(call.company, call.user, (requested or "").strip())
    session = start(call.company.id, call.user.user_id, entity, call.company.behavior.session_seconds)
    inside = leaf("sessionid", session.id) + leaf("endpoint", call.endpoint) + leaf("locationid", entity)
    return element("data", element("api", inside))


def get_user_permissions(call: Call, node: etree._Element) -> str:
    if not access.has_right(call.company, call.user, "users", "Permissions"):
        raise refusals.function_denied("getUserPermissions")
    user = call.company.users.get((node.findtext("userId") or "").strip())
    if user is None:
        raise refusals.unknown_login((node.findtext("userId") or "").strip())
    return element("data", element("permissions", *_applications(call, user)))


def _applications(call: Call, user: User) -> list[str]:
    rights, rows, names = call.company.rights_of(user), call.company.policies(), call.company.behavior.policy_names
    shown = []
    for module in catalogue.MODULES:
        policies = [
            element(
                "policy",
                leaf("policyName", names.get(row.name, row.name)),
                leaf("rights", _rights_text(row.rights, rights[row.slug])),
            )
            for row in rows
            if row.module == module.slug and row.slug in rights
        ]
        if policies:
            shown.append(
                element("appSubscription", leaf("applicationName", module.name), element("policies", *policies))
            )
    return shown


def _rights_text(rights: tuple[str, ...], ticks: set[str]) -> str:
    return "|".join(right for right in rights if right in ticks)


def get_dimensions(call: Call, node: etree._Element) -> str:
    labels = call.company.term_labels
    standard = [_dimension(name, label, labels.get(name, label), False) for name, label in _visible_dimensions(call)]
    own = [
        _dimension(dimension.object, dimension.label, labels.get(dimension.object, dimension.label), True)
        for dimension in call.company.dimensions
    ]
    return element("data", element("dimensions", *standard, *own))


def _visible_dimensions(call: Call) -> list[tuple[str, str]]:
    dimensions = []
    for name, label in DIMENSIONS:
        try:
            access.definition_for(call.company, name)
        except refusals.ResultRefused:
            continue
        dimensions.append((name, label))
    return dimensions


def _dimension(name: str, label: str, term: str, own: bool) -> str:
    return element(
        "dimension",
        leaf("objectName", name),
        leaf("objectLabel", label),
        leaf("termLabel", term),
        leaf("userDefinedDimension", str(own).lower()),
        leaf("enabledInGL", "true"),
    )


def get_financial_setup(call: Call, node: etree._Element) -> str:
    company = call.company
    inside = (
        leaf("baseCurrency", "" if company.multi_currency and company.multi_entity else company.base_currency),
        leaf("defaultBook", "ACCRUAL"),
        leaf("firstFiscalMonth", "1"),
        leaf("multiBaseCurrency", str(company.multi_currency and company.multi_entity).lower()),
        leaf("multiBook", "false"),
        leaf("multiCurrency", str(company.multi_currency).lower()),
        leaf("multiEntityShared", str(company.multi_entity).lower()),
    )
    return element("data", element("financialSetup", *inside))


def read_entity_details(call: Call, node: etree._Element) -> str:
    entities = call.company.entities_of(call.user) if call.company.multi_entity else []
    numbers = {entity.id: at + 1 for at, entity in enumerate(call.company.entities)}
    rows = (
        element(
            "entity",
            leaf("id", entity.id),
            leaf("name", entity.name),
            leaf("recordno", numbers[entity.id]),
            leaf("currency", entity.currency),
            leaf("firstfiscalmonth", "1"),
            leaf("firstfiscaltaxmonth", "1"),
            leaf("weekstart", "1"),
        )
        for entity in entities
    )
    return element("data", *rows)


def read_user_formatting(call: Call, node: etree._Element) -> str:
    keys = {str(at + 1): name for at, name in enumerate(call.company.users)}
    wanted = (node.findtext("userId") or "").strip() or keys.get((node.findtext("key") or "").strip(), "")
    if wanted != call.user.user_id and not access.has_right(call.company, call.user, "users", "View", "List"):
        raise refusals.function_denied("readUserFormatting")
    if wanted not in call.company.users:
        raise refusals.bad_query("User is not found")
    shown = call.company.formatting
    inside = (
        leaf("recordno", [*call.company.users].index(wanted) + 1),
        leaf("locale", shown.locale),
        leaf("dateformat", shown.dateformat),
        leaf("gmtoffset", times.offset_text(shown.gmtoffset)),
        leaf("clock", shown.clock),
    )
    return element("data", element("userformatting", *inside))


def get_applications(call: Call, node: etree._Element) -> str:
    _check_subscriptions_visible(call, "get_applications")
    codes = [module.code for module in catalogue.MODULES if call.company.is_subscribed(module.slug)]
    own = call.company.behavior.web_services_code
    return element("data", *(leaf("application", code) for code in [*codes, *([own] if own else [])]))


def get_companyprefs(call: Call, node: etree._Element) -> str:
    _check_subscriptions_visible(call, "get_companyprefs")
    application = node.get("application", "")
    rows = (
        element("companypref", leaf("application", application), leaf("preference", name), leaf("prefvalue", value))
        for name, value in call.company.preferences().get(application, {}).items()
    )
    return element("data", *rows)


def _check_subscriptions_visible(call: Call, function: str) -> None:
    admin = call.user.admin_privileges != "Off" or not call.company.behavior.subscriptions_need_admin
    if not admin or not access.has_right(call.company, call.user, "application-subscriptions", "List", "View"):
        raise refusals.function_denied(function)
