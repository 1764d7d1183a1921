"""The permission rows of a practice company: those of the guide and the few others that our checks read."""

from dataclasses import dataclass

from intacct import catalogue

USER_TYPES = ("Business", "Employee", "Project Manager", "Payment Approver", "Platform", "CRM", "Warehouse")
ADMIN_PRIVILEGES = ("Off", "Limited", "Full")
STATUSES = ("Active", "Inactive", "Locked out")

# A user's type limits what roles can give. None: no limit; otherwise the only objects such a user can read.
TYPE_CAP: dict[str, frozenset[str] | None] = {
    "Business": None,
    "Employee": frozenset({"EMPLOYEE", "DEPARTMENT", "LOCATION", "PROJECT", "TASK", "CUSTOMER", "ITEM"}),
}

LIST_RIGHTS = ("List", "View", "Add", "Edit", "Delete")
OWN_RIGHTS = {
    "application-subscriptions": ("List", "View", "Subscribe", "Configure", "Remove", "Assign users"),
    "pay-bills": ("Run",),
    "users": (*LIST_RIGHTS, "Permissions"),
    "roles": LIST_RIGHTS,
    "audit-trail": ("View",),
}


@dataclass(frozen=True)
class Policy:
    """One row of the permissions screen. `objects`: what its View right makes readable through the API."""

    slug: str
    module: str
    name: str
    rights: tuple[str, ...]
    objects: tuple[str, ...] = ()


# Objects without a row of their own: lines need the permission of their header.
LINES = {
    "ALLOCATION": ("ALLOCATIONENTRY",),
    "EXCHANGERATE": ("EXCHANGERATEENTRY",),
    "APBILL": ("APBILLITEM",),
    "APPYMT": ("APPYMTDETAIL",),
}

POLICIES = (
    *(
        Policy(
            row.slug,
            row.module.slug,
            row.name,
            OWN_RIGHTS.get(row.slug, LIST_RIGHTS),
            (row.object, *LINES.get(row.object, ())) if row.object else (),
        )
        for row in catalogue.PERMISSIONS
        if row.slug != "user-defined-dimensions"
    ),
    Policy("users", "administration", "Users", OWN_RIGHTS["users"], ("USERINFO", "USERRESTRICTION", "USERRIGHTS")),
    Policy(
        "roles",
        "administration",
        "Roles",
        OWN_RIGHTS["roles"],
        ("ROLES", "ROLEUSERS", "USERROLES", "ROLEPOLICYASSIGNMENT", "ROLEASSIGNMENT"),
    ),
    # The names of these rows are a guess.
    Policy("journals", "general-ledger", "Journals", LIST_RIGHTS, ("GLJOURNAL",)),
    Policy("currencies", "company", "Transaction currencies", LIST_RIGHTS, ("TRXCURRENCIES",)),
    Policy("company-information", "company", "Company information", LIST_RIGHTS, ("COMPANYPREF",)),
    Policy("audit-trail", "administration", "Audit Trail", OWN_RIGHTS["audit-trail"], ("AUDITHISTORY",)),
)


def dimension_policy(object_name: str, label: str) -> Policy:
    return Policy(f"dimension:{object_name}", "user-defined-dimensions", label, LIST_RIGHTS, (object_name,))
