"""Say what the values of a list's fields are: which type, and in which other list their records are.

From Sage's own `lookup` replies: DATATYPE, the listed values, and relations. Every value arrives as text.
"""

from collections.abc import Mapping
from typing import Literal, get_args

from intacct.catalogue import RecordList

FieldType = Literal["integer", "decimal", "boolean", "date", "date-time", "enumeration", "text"]
# By the name of the field, which has the same type in all lists, with the exception below. All others are texts.
NAMES: Mapping[FieldType, str] = {
    "integer": "DISCAMOUNT DISCDATE DUEDATE ID TYPE_ID",
    "decimal": "PAYMENTAMOUNT TOTALDUE TOTALENTERED VALUE",
    "boolean": "BILLABLE ISDEFAULT ONETIME ONHOLD REQUIREDEPT REQUIRELOC REQUIREPROJECT REQUIREVENDOR REVERSECHARGE "
    "TAXABLE",
    "date": "BEGINDATE ENDDATE PAYMENTDATE STARTDATE WHENDUE WHENPAID",
    "date-time": "AUWHENCREATED WHENCREATED WHENMODIFIED createdAt updatedAt",
    "enumeration": "ACCOUNTTYPE DISCFROM DISCPERCAMN DUEFROM ITEMTYPE LOCATIONTYPE NORMALBALANCE OPCOUNTRY PAYMENTTYPE "
    "PROJECTCATEGORY STATE STATUS TASKSTATUS TAXRATE TAXTYPE TYPE",
}
TYPES: Mapping[str, FieldType] = {name: kind for kind in get_args(FieldType) for name in NAMES.get(kind, "").split()}
# WHENCREATED of these is the day on the document. The moment of creation is in AUWHENCREATED.
DOCUMENTS = ("APBILL", "APPAYMENTREQUEST", "APPYMT")
# The list whose codes the field holds. A parent is in the list itself.
LISTS_OF: Mapping[str, str] = {
    "ACCOUNTNO": "accounts",
    "CUSTOMERID": "customers",
    "DEPARTMENTID": "departments",
    "GLACCOUNTNO": "accounts",
    "ITEMID": "items",
    "LOCATIONID": "locations",
    "MANAGERID": "employees",
    "MEGAENTITYID": "locations",
    "PROJECTID": "projects",
    "STANDARDCOSTTYPEID": "standard-cost-types",
    "SUPERVISORID": "employees",
    "TASKID": "tasks",
    "VENDORID": "vendors",
}
# Terms of vendors; customers have others, which no list has.
WITH_AP_TERMS = ("APBILL", "VENDOR")


def field_type(record_list: RecordList, name: str) -> FieldType:
    """Return the type of a field of this list."""
    if name == record_list.key:
        return "integer"
    if name == "WHENCREATED" and record_list.object in DOCUMENTS:
        return "date"
    return TYPES.get(name, "text")


def referred_list(record_list: RecordList, name: str) -> str | None:
    """Return the slug of the list in which the value is the code of a record; None if it is in no list."""
    if name == record_list.parent:
        return record_list.slug
    if name == "TERMNAME":
        return "ap-terms" if record_list.object in WITH_AP_TERMS else None
    return None if name == record_list.code else LISTS_OF.get(name)
