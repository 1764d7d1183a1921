"""The tables with data of customers, for exports and deletions."""

from core.customer_data import CustomerTable as Table
from mail.models import Email, Notification, OptOut

TABLES = (
    # Also those to Beanworks' own users about the customer, so they are not exported.
    Table(Email, "customer", is_exported=False),
    Table(Notification, "customer", is_exported=False),
    Table(OptOut, "user__customer"),
)
