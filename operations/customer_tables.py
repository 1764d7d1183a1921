"""The tables with data of customers, for exports and deletions."""

from core.customer_data import CustomerTable as Table
from operations.models import ChannelMessage, CustomerExport, ExportPart, FollowUp, Note, ReportedOccasion, SavedView

TABLES = (
    Table(ReportedOccasion, "message__customer", is_exported=False),
    Table(ChannelMessage, "customer", is_exported=False),
    # What Beanworks' staff write for themselves: see docs/operations.md.
    Table(SavedView, "user__customer", is_exported=False),
    Table(Note, "connection__customer", is_exported=False),
    Table(FollowUp, "connection__customer", is_exported=False),
    Table(CustomerExport, "customer"),
    Table(ExportPart, "export__customer", is_exported=False),
)
