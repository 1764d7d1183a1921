"""The tables with data of customers, for exports and deletions."""

from core.customer_data import CustomerTable as Table
from wizard.models import (
    Confirmation,
    Connection,
    Finding,
    Handover,
    Incident,
    Question,
    StageProgress,
    StoredSecret,
    SyncProfile,
    TestBill,
    Verification,
)

TABLES = (
    Table(Connection, "customer"),
    Table(StoredSecret, "connection__customer", is_exported=False),
    Table(StageProgress, "connection__customer"),
    Table(Confirmation, "connection__customer"),
    Table(Handover, "connection__customer"),
    Table(Verification, "connection__customer"),
    Table(Finding, "verification__connection__customer"),
    Table(Incident, "connection__customer"),
    Table(SyncProfile, "connection__customer"),
    Table(Question, "profile__connection__customer"),
    Table(TestBill, "connection__customer"),
)
