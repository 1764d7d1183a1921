"""The generators of every object. Each object is listed here; a field without a generator is empty."""

from collections.abc import Callable

from practice.records.generators import company, payable, projects, trade
from practice.records.sources import Generators, Source

GENERATORS: dict[str, Callable[[Source], Generators]] = {
    "DEPARTMENT": company.department,
    "LOCATION": company.location,
    "CLASS": company.class_,
    "ALLOCATION": company.allocation,
    "ALLOCATIONENTRY": company.allocation_entry,
    "EMPLOYEE": company.employee,
    "EXCHANGERATETYPES": company.exchange_rate_type,
    "EXCHANGERATE": company.exchange_rate,
    "EXCHANGERATEENTRY": company.exchange_rate_entry,
    "CHECKINGACCOUNT": company.checking_account,
    "SAVINGSACCOUNT": company.savings_account,
    "GLACCOUNT": company.gl_account,
    "VENDOR": payable.vendor,
    "APTERM": payable.ap_term,
    "APBILL": payable.ap_bill,
    "APBILLITEM": payable.ap_bill_item,
    "APPYMT": payable.ap_payment,
    "APPYMTDETAIL": payable.ap_payment_detail,
    "APPAYMENTREQUEST": payable.payment_request,
    "TAXDETAIL": payable.tax_detail,
    "CUSTOMER": trade.customer,
    "WAREHOUSE": trade.warehouse,
    "ITEM": trade.item,
    "CONTRACT": trade.contract,
    "PROJECT": projects.project,
    "TASK": projects.task,
    "STANDARDTASK": projects.standard_task,
    "COSTTYPE": projects.cost_type,
    "STANDARDCOSTTYPE": projects.standard_cost_type,
}
