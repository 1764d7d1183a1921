"""All steps of the connection guide in one call, with mistakes if requested: for tests and the demonstration."""

from collections.abc import Collection

from intacct import catalogue
from practice.company import Company, CustomField, Rights
from practice.company.customization import add_custom_field
from practice.company.info import add_authorization, delete_authorization
from practice.company.roles import add_role, set_role_rights
from practice.company.subscriptions import set_web_services
from practice.company.users import add_user, edit_user, set_user_rights

PASSWORD = "practice-password"  # noqa: S105


def follow(
    company: Company,
    *,
    password: str = PASSWORD,
    leave_out: Collection[str] = (),
    field_id: str = catalogue.CUSTOM_FIELD.id,
) -> None:
    """Do all steps of the guide. `leave_out`: permission rows to leave unticked. A second call corrects mistakes."""
    set_web_services(company, True)
    if catalogue.ROLE_NAME not in company.roles:
        add_role(company, catalogue.ROLE_NAME)
    values = {
        "last_name": "Beanworks",
        "email": "beanworks@example.com",
        "user_type": "Business",
        "admin_privileges": "Limited",
        "status": "Active",
        "web_services_only": True,
        "roles": [catalogue.ROLE_NAME],
    }
    if catalogue.USER_ID in company.users:
        edit_user(company, catalogue.USER_ID, password=password, **values)
    else:
        add_user(company, catalogue.USER_ID, password=password, **values)
    rights = guide_rights(company, leave_out)
    set_role_rights(company, catalogue.ROLE_NAME, rights)
    set_user_rights(company, catalogue.USER_ID, rights)
    delete_authorization(company, catalogue.SENDER_ID)
    add_authorization(company, catalogue.SENDER_ID)
    _add_custom_field(company, field_id)


def guide_rights(company: Company, leave_out: Collection[str] = ()) -> Rights:
    """Return the rights that the guide's permission table asks for. "items" leaves out all three Items rows."""
    rows = [row for row in catalogue.PERMISSIONS if not {row.slug, row.any_of} & set(leave_out)]
    rights = {row.slug: set(row.rights) for row in rows if row.slug != "user-defined-dimensions"}
    if "user-defined-dimensions" not in leave_out:
        rights |= {f"dimension:{dimension.object}": {"View"} for dimension in company.dimensions}
    return {slug: ticks for slug, ticks in rights.items() if slug not in leave_out}


def ticks(company: Company, named: str) -> tuple[str, set[str]]:
    """Return a row and its rights: "bills:Add" is one right; "bills" is those of the guide, or View if it has none.

    Raise KeyError for a row that is not on the company's permissions screen.
    """
    rows = {row.slug: row for row in company.policies()}
    if named in rows:
        return named, guide_rights(company).get(named, {"View"})
    slug, _, right = named.rpartition(":")
    return rows[slug].slug, {right}


def _add_custom_field(company: Company, field_id: str) -> None:
    wanted = catalogue.CUSTOM_FIELD
    company.custom_fields = [field for field in company.custom_fields if field.label != wanted.label]
    add_custom_field(company, CustomField(wanted.object, wanted.data_type, wanted.label, field_id, wanted.description))
