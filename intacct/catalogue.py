"""List every list that we sync and every permission that Beanworks asks for, with the names exactly as in Intacct.

To add a permission, add one row to `PERMISSIONS`; to add a list, one row to `LISTS`. Checks, pages and the practice
company follow from these rows.

Objects and fields are from Intacct's own `lookup` replies. Permissions are from the customer's connection guide.
"""

from dataclasses import dataclass
from enum import Enum

from intacct.i18n import gettext_noop as _

SENDER_ID = "BeanworksMPP"
USER_ID = "Beanworks"
ROLE_NAME = "Beanworks API"


class Applies(Enum):
    """Name what a company must use so that a permission applies to it, beside a subscription to the module."""

    ALWAYS = "always"
    MULTI_ENTITY = "multi-entity"
    MULTI_CURRENCY = "multi-currency"
    USER_DEFINED_DIMENSIONS = "user-defined dimensions"


@dataclass(frozen=True)
class CustomField:
    """Describe the field that the customer adds to an Intacct object for Beanworks."""

    object: str
    object_label: str
    data_type: str
    label: str
    id: str
    description: str


CUSTOM_FIELD = CustomField("APBILL", "AP Bill", "URL", "Beanworks", "BEANWORKS", "Link to Beanworks Invoice")


@dataclass(frozen=True)
class Module:
    """Describe an Intacct application. `code` is what `get_applications` returns for it."""

    slug: str
    code: str
    name: str


@dataclass(frozen=True)
class Permission:
    """Describe one row of the permission table.

    rights: the boxes to tick. purpose: why Beanworks needs it, for users. object: a query for one record of it proves
    the permission. function: proves it where there is no object; if both are None, nothing proves it.
    any_of: rows with the same value are one requirement, and one of them is enough.
    unproved: rights that no reading can prove.
    beyond_lists: whether Beanworks also needs it for something else than to read a list.
    """

    slug: str
    module: Module
    name: str
    rights: tuple[str, ...]
    purpose: str
    object: str | None = None
    function: str | None = None
    applies: Applies = Applies.ALWAYS
    any_of: str | None = None
    unproved: tuple[str, ...] = ()
    beyond_lists: bool = False

    @property
    def boxes(self) -> tuple[str, ...]:
        """The boxes to select. The guide names View and Add, which in some companies have no effect without List."""
        needs_list = {"View", "Add"} & set(self.rights) and "List" not in self.rights
        return ("List", *self.rights) if needs_list else self.rights


@dataclass(frozen=True)
class RecordList:
    """Describe a list: one kind of Intacct record.

    permission: the slug of the permission that reading it needs. key: the field with the numeric key for reading.
    code, name: the fields with the ID and the name that users see. fields: all fields to read.
    status, modified, parent: fields with the status, the time of the last change and the parent's ID; None: none.
    without: what no longer works in Beanworks while the list is not in use, as a sentence for users.
    """

    slug: str
    title: str
    object: str
    permission: str
    code: str
    name: str
    fields: tuple[str, ...]
    key: str = "RECORDNO"
    status: str | None = "STATUS"
    modified: str | None = "WHENMODIFIED"
    parent: str | None = None
    without: str = ""


ADMINISTRATION = Module("administration", "AD", _("Administration"))
COMPANY = Module("company", "CO", _("Company"))
CASH = Module("cash-management", "CM", _("Cash Management"))
LEDGER = Module("general-ledger", "GL", _("General Ledger"))
PAYABLE = Module("accounts-payable", "AP", _("Accounts Payable"))
RECEIVABLE = Module("accounts-receivable", "AR", _("Accounts Receivable"))
INVENTORY = Module("inventory-control", "INV", _("Inventory Control"))
PROJECTS = Module("projects", "PA", _("Projects"))
CONTRACTS = Module("contracts", "CN", _("Contracts"))
ORDER_ENTRY = Module("order-entry", "SO", _("Order Entry"))
PURCHASING = Module("purchasing", "PO", _("Purchasing"))
DIMENSIONS = Module("user-defined-dimensions", "PT", _("User Defined Dimensions"))

MODULES = (
    ADMINISTRATION,
    COMPANY,
    CASH,
    LEDGER,
    PAYABLE,
    RECEIVABLE,
    INVENTORY,
    PROJECTS,
    CONTRACTS,
    ORDER_ENTRY,
    PURCHASING,
    DIMENSIONS,
)
# Every company has these. It subscribes to each of the others separately.
ALWAYS_SUBSCRIBED = frozenset({ADMINISTRATION, COMPANY, LEDGER, PAYABLE, DIMENSIONS})

VIEW = ("View",)
MULTI_CURRENCY = Applies.MULTI_CURRENCY

PERMISSIONS = (
    Permission(
        "application-subscriptions",
        ADMINISTRATION,
        "Application Subscriptions",
        ("List", "View"),
        _("Shows which applications you use, so that we don’t ask for other permissions."),
        function="get_applications",
    ),
    Permission("departments", COMPANY, "Departments", VIEW, _("Coding of bill lines."), "DEPARTMENT"),
    Permission(
        "entities",
        COMPANY,
        "Entities",
        VIEW,
        _("Links each legal entity to its Intacct entity."),
        "LOCATIONENTITY",
        applies=Applies.MULTI_ENTITY,
        beyond_lists=True,
    ),
    Permission("locations", COMPANY, "Locations", VIEW, _("Coding of bill lines. Often required there."), "LOCATION"),
    Permission("class", COMPANY, "Class", VIEW, _("Coding of bill lines."), "CLASS"),
    Permission(
        "transaction-allocations",
        COMPANY,
        "Transaction Allocations",
        VIEW,
        _("Templates that split a bill line."),
        "ALLOCATION",
    ),
    Permission("employees", COMPANY, "Employees", VIEW, _("The employee dimension on bill lines."), "EMPLOYEE"),
    Permission(
        "exchange-rate-types",
        COMPANY,
        "Exchange Rate Types",
        VIEW,
        _("The kind of rate on foreign-currency bills."),
        "EXCHANGERATETYPES",
        applies=MULTI_CURRENCY,
    ),
    Permission(
        "exchange-rate",
        COMPANY,
        "Exchange Rate",
        VIEW,
        _("The rate on foreign-currency bills."),
        "EXCHANGERATE",
        applies=MULTI_CURRENCY,
    ),
    Permission(
        "checking-accounts",
        CASH,
        "Checking Accounts",
        VIEW,
        _("Accounts that bills are paid from."),
        "CHECKINGACCOUNT",
    ),
    Permission(
        "savings-accounts", CASH, "Savings Accounts", VIEW, _("Accounts that bills are paid from."), "SAVINGSACCOUNT"
    ),
    Permission("accounts", LEDGER, "Accounts", VIEW, _("Accounts that bill lines are coded to."), "GLACCOUNT"),
    Permission(
        "pay-bills",
        PAYABLE,
        "Pay Bills",
        ("Run",),
        _("To record payments that you approve in Beanworks."),
        "APPYMT",
        unproved=("Run",),
        beyond_lists=True,
    ),
    Permission(
        "bills",
        PAYABLE,
        "Bills",
        ("View", "Add"),
        _("To create your approved invoices as bills and follow their status."),
        "APBILL",
        unproved=("Add",),
        beyond_lists=True,
    ),
    Permission("vendors", PAYABLE, "Vendors", VIEW, _("Vendors that invoices come from."), "VENDOR"),
    Permission("ap-terms", PAYABLE, "AP Terms", VIEW, _("Due dates."), "APTERM"),
    Permission(
        "payment-requests",
        PAYABLE,
        "Payment Requests",
        VIEW,
        _("To mark invoices paid when you pay them in Intacct."),
        "APPAYMENTREQUEST",
    ),
    Permission("tax-details", PAYABLE, "Tax Details", VIEW, _("Tax codes on bill lines."), "TAXDETAIL"),
    Permission("customers", RECEIVABLE, "Customers", VIEW, _("The customer dimension on bill lines."), "CUSTOMER"),
    Permission("warehouses", INVENTORY, "Warehouses", VIEW, _("The warehouse dimension on bill lines."), "WAREHOUSE"),
    Permission(
        "items-inventory",
        INVENTORY,
        "Items",
        VIEW,
        _("The item dimension on bill lines."),
        "ITEM",
        any_of="items",
    ),
    Permission("projects", PROJECTS, "Projects", VIEW, _("The project dimension on bill lines."), "PROJECT"),
    Permission("tasks", PROJECTS, "Tasks", VIEW, _("The task dimension on bill lines."), "TASK"),
    Permission(
        "standard-tasks", PROJECTS, "Standard Tasks", VIEW, _("Tasks that new projects start with."), "STANDARDTASK"
    ),
    Permission("cost-types", PROJECTS, "Cost Types", VIEW, _("Cost types of project tasks."), "COSTTYPE"),
    Permission(
        "standard-cost-types",
        PROJECTS,
        "Standard Cost Types",
        VIEW,
        _("Cost types that new tasks start with."),
        "STANDARDCOSTTYPE",
    ),
    Permission("contracts", CONTRACTS, "Contracts", VIEW, _("The contract dimension on bill lines."), "CONTRACT"),
    Permission(
        "items-order-entry",
        ORDER_ENTRY,
        "Items",
        VIEW,
        _("The same items, through another application."),
        "ITEM",
        any_of="items",
    ),
    Permission(
        "items-purchasing",
        PURCHASING,
        "Items",
        VIEW,
        _("The same items, through another application."),
        "ITEM",
        any_of="items",
    ),
    Permission(
        "user-defined-dimensions",
        DIMENSIONS,
        "User Defined Dimensions",
        VIEW,
        _("Your own dimensions on bill lines. Each has its own row."),
        applies=Applies.USER_DEFINED_DIMENSIONS,
    ),
)
PERMISSION = {row.slug: row for row in PERMISSIONS}


def _list(
    slug: str, title: str, object: str, permission: str, code: str, name: str, fields: str, **rest: str | None
) -> RecordList:
    names = tuple(fields.split())
    return RecordList(slug, title, object, permission, code, name, names, **rest)  # type: ignore[arg-type]


# Sensitive fields (tax numbers, bank account numbers, birth dates) are never read: lists are for coding bills.
LISTS = (
    _list("departments", _("Departments"), "DEPARTMENT", "departments", "DEPARTMENTID", "TITLE",
          "RECORDNO DEPARTMENTID TITLE PARENTID PARENTNAME SUPERVISORID CUSTTITLE STATUS WHENCREATED WHENMODIFIED",
          parent="PARENTID",
          without=_("New departments can’t be chosen on bill lines.")),
    _list("entities", _("Entities"), "LOCATIONENTITY", "entities", "LOCATIONID", "NAME",
          "RECORDNO LOCATIONID NAME PARENTID CURRENCY OPCOUNTRY STARTDATE ENDDATE STATUS WHENCREATED WHENMODIFIED",
          parent="PARENTID",
          without=_("New entities can’t be linked to legal entities.")),
    _list("locations", _("Locations"), "LOCATION", "locations", "LOCATIONID", "NAME",
          "RECORDNO LOCATIONID NAME PARENTID ENTITY CURRENCY LOCATIONTYPE STATUS WHENCREATED WHENMODIFIED",
          parent="PARENTID",
          without=_("New locations can’t be chosen on bill lines. They often require one.")),
    _list("classes", _("Classes"), "CLASS", "class", "CLASSID", "NAME",
          "RECORDNO CLASSID NAME DESCRIPTION PARENTID STATUS WHENCREATED WHENMODIFIED MEGAENTITYID",
          parent="PARENTID",
          without=_("New classes can’t be chosen on bill lines.")),
    _list("allocations", _("Transaction allocations"), "ALLOCATION", "transaction-allocations", "ALLOCATIONID",
          "DESCRIPTION", "RECORDNO ALLOCATIONID DESCRIPTION TYPE DOCNUMBER STATUS WHENCREATED "
          "WHENMODIFIED MEGAENTITYID",
          without=_("New templates can’t be chosen to split bill lines.")),
    _list("employees", _("Employees"), "EMPLOYEE", "employees", "EMPLOYEEID", "PERSONALINFO.PRINTAS",
          "RECORDNO EMPLOYEEID PERSONALINFO.PRINTAS TITLE LOCATIONID DEPARTMENTID SUPERVISORID STATUS WHENCREATED "
          "WHENMODIFIED MEGAENTITYID", parent="SUPERVISORID",
          without=_("New employees can’t be chosen on bill lines.")),
    _list("exchange-rate-types", _("Exchange rate types"), "EXCHANGERATETYPES", "exchange-rate-types", "ID", "NAME",
          "RECORDNO ID NAME ISDEFAULT WHENCREATED WHENMODIFIED", status=None,
          without=_("New kinds of rates can’t be chosen on foreign-currency bills.")),
    _list("exchange-rates", _("Exchange rates"), "EXCHANGERATE", "exchange-rate", "RECORDNO", "TYPENAME",
          "RECORDNO TYPE_ID TYPENAME FROM_CURRENCY TO_CURRENCY WHENCREATED WHENMODIFIED", status=None,
          without=_("Foreign-currency bills don’t get new rates.")),
    _list("checking-accounts", _("Checking accounts"), "CHECKINGACCOUNT", "checking-accounts", "BANKACCOUNTID",
          "BANKNAME", "RECORDNO BANKACCOUNTID BANKNAME GLACCOUNTNO GLACCOUNTTITLE CURRENCY LOCATIONID "
          "DEPARTMENTID STATUS "
          "WHENCREATED WHENMODIFIED MEGAENTITYID",
          without=_("New checking accounts can’t be chosen to pay bills.")),
    _list("savings-accounts", _("Savings accounts"), "SAVINGSACCOUNT", "savings-accounts", "BANKACCOUNTID", "BANKNAME",
          "RECORDNO BANKACCOUNTID BANKNAME GLACCOUNTNO CURRENCY STATUS WHENCREATED WHENMODIFIED MEGAENTITYID",
          without=_("New savings accounts can’t be chosen to pay bills.")),
    _list("accounts", _("Accounts"), "GLACCOUNT", "accounts", "ACCOUNTNO", "TITLE",
          "RECORDNO ACCOUNTNO TITLE ACCOUNTTYPE NORMALBALANCE CATEGORY REQUIREDEPT REQUIRELOC REQUIREPROJECT "
          "REQUIREVENDOR TAXABLE STATUS WHENCREATED WHENMODIFIED MEGAENTITYID",
          without=_("New accounts can’t be chosen on bill lines.")),
    _list("payments", _("Bill payments"), "APPYMT", "pay-bills", "DOCNUMBER", "VENDORNAME",
          "RECORDNO DOCNUMBER VENDORID VENDORNAME STATE PAYMENTMETHOD FINANCIALENTITY CURRENCY "
          "TOTALENTERED WHENCREATED "
          "WHENPAID AUWHENCREATED WHENMODIFIED MEGAENTITYID", status=None,
          without=_("New bill payments in Intacct don’t appear in Beanworks.")),
    _list("bills", _("Bills"), "APBILL", "bills", "RECORDID", "VENDORNAME",
          "RECORDNO RECORDID VENDORID VENDORNAME STATE DOCNUMBER TERMNAME CURRENCY TOTALENTERED TOTALDUE WHENCREATED "
          "WHENDUE AUWHENCREATED WHENMODIFIED MEGAENTITYID", status=None,
          without=_("Beanworks no longer follows the status of bills in Intacct.")),
    _list("vendors", _("Vendors"), "VENDOR", "vendors", "VENDORID", "NAME",
          "RECORDNO VENDORID NAME PARENTID TERMNAME CURRENCY VENDTYPE ONETIME ONHOLD DISPLAYCONTACT.PRINTAS "
          "DISPLAYCONTACT.EMAIL1 STATUS WHENCREATED WHENMODIFIED MEGAENTITYID", parent="PARENTID",
          without=_("Invoices can’t be assigned to new vendors.")),
    _list("ap-terms", _("AP terms"), "APTERM", "ap-terms", "NAME", "DESCRIPTION",
          "RECORDNO NAME DESCRIPTION DUEDATE DUEFROM DISCDATE DISCFROM DISCAMOUNT DISCPERCAMN STATUS WHENCREATED "
          "WHENMODIFIED",
          without=_("New terms can’t be used for due dates.")),
    _list("payment-requests", _("Payment requests"), "APPAYMENTREQUEST", "payment-requests", "DOCUMENTNUMBER",
          "VENDORID", "RECORDNO DOCUMENTNUMBER VENDORID PAYMENTTYPE PAYMENTDATE PAYMENTAMOUNT STATE WHENCREATED "
          "AUWHENCREATED WHENMODIFIED MEGAENTITYID", status=None,
          without=_("Invoices that you pay in Intacct are no longer marked as paid.")),
    _list("tax-details", _("Tax details"), "TAXDETAIL", "tax-details", "DETAILID", "DESCRIPTION",
          "RECORDNO DETAILID DESCRIPTION TAXTYPE VALUE TAXRATE TAXSOLUTIONID REVERSECHARGE STATUS WHENCREATED "
          "WHENMODIFIED MEGAENTITYID",
          without=_("New tax codes can’t be chosen on bill lines.")),
    _list("customers", _("Customers"), "CUSTOMER", "customers", "CUSTOMERID", "NAME",
          "RECORDNO CUSTOMERID NAME PARENTID TERMNAME CURRENCY CUSTTYPE ONHOLD STATUS WHENCREATED WHENMODIFIED "
          "MEGAENTITYID", parent="PARENTID",
          without=_("New customers can’t be chosen on bill lines.")),
    _list("warehouses", _("Warehouses"), "WAREHOUSE", "warehouses", "WAREHOUSEID", "NAME",
          "RECORDNO WAREHOUSEID NAME LOCATIONID PARENTID MANAGERID STATUS WHENCREATED WHENMODIFIED MEGAENTITYID",
          parent="PARENTID",
          without=_("New warehouses can’t be chosen on bill lines.")),
    _list("items", _("Items"), "ITEM", "items-inventory", "ITEMID", "NAME",
          "RECORDNO ITEMID NAME ITEMTYPE PRODUCTLINEID GLGROUP TAXABLE BASEUOM STATUS WHENCREATED WHENMODIFIED "
          "MEGAENTITYID",
          without=_("New items can’t be chosen on bill lines.")),
    _list("projects", _("Projects"), "PROJECT", "projects", "PROJECTID", "NAME",
          "RECORDNO PROJECTID NAME PARENTID PROJECTCATEGORY PROJECTSTATUS CUSTOMERID MANAGERID DEPARTMENTID LOCATIONID "
          "BEGINDATE ENDDATE STATUS WHENCREATED WHENMODIFIED MEGAENTITYID", parent="PARENTID",
          without=_("New projects can’t be chosen on bill lines.")),
    _list("tasks", _("Tasks"), "TASK", "tasks", "TASKID", "NAME",
          "RECORDNO TASKID NAME PROJECTID PROJECTNAME PARENTID TASKSTATUS BILLABLE ITEMID WHENCREATED WHENMODIFIED",
          status=None, parent="PARENTID",
          without=_("New tasks can’t be chosen on bill lines.")),
    _list("standard-tasks", _("Standard tasks"), "STANDARDTASK", "standard-tasks", "STANDARDTASKID", "NAME",
          "RECORDNO STANDARDTASKID NAME DESCRIPTION PARENTID ITEMID BILLABLE STATUS WHENCREATED WHENMODIFIED",
          parent="PARENTID",
          without=_("New standard tasks don’t appear in Beanworks.")),
    _list("cost-types", _("Cost types"), "COSTTYPE", "cost-types", "COSTTYPEID", "NAME",
          "RECORDNO COSTTYPEID NAME PROJECTID TASKID PARENTID STANDARDCOSTTYPEID ACCOUNTNO ITEMID STATUS WHENCREATED "
          "WHENMODIFIED", parent="PARENTID",
          without=_("New cost types can’t be chosen for project tasks.")),
    _list("standard-cost-types", _("Standard cost types"), "STANDARDCOSTTYPE", "standard-cost-types",
          "STANDARDCOSTTYPEID", "NAME", "RECORDNO STANDARDCOSTTYPEID NAME DESCRIPTION PARENTID ACCOUNTNO ITEMID STATUS "
          "WHENCREATED WHENMODIFIED", parent="PARENTID",
          without=_("New standard cost types don’t appear in Beanworks.")),
    _list("contracts", _("Contracts"), "CONTRACT", "contracts", "CONTRACTID", "NAME",
          "RECORDNO CONTRACTID NAME CUSTOMERID PARENTID BEGINDATE ENDDATE CURRENCY STATE STATUS "
          "WHENCREATED WHENMODIFIED "
          "MEGAENTITYID", parent="PARENTID",
          without=_("New contracts can’t be chosen on bill lines.")),
)  # fmt: skip
LIST = {record_list.slug: record_list for record_list in LISTS}
DIMENSION_PREFIX = "dimension-"
"""What the slugs of user-defined dimensions begin with. Only the company knows the rest."""


def dimension_list(object_name: str, label: str) -> RecordList:
    """The list of one user-defined dimension; such objects have lower-case fields and no RECORDNO."""
    return RecordList(
        slug=f"{DIMENSION_PREFIX}{object_name}",
        title=label,
        object=object_name,
        permission="user-defined-dimensions",
        code="id",
        name="name",
        fields=("id", "name", "createdAt", "updatedAt"),
        key="id",
        status=None,
        modified="updatedAt",
        without=_("New values can’t be chosen on bill lines."),
    )
