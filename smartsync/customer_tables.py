"""The tables with data of customers, for exports and deletions."""

from core.customer_data import CustomerTable as Table
from smartsync.models import (
    Hold,
    ItemChange,
    ListItem,
    ListRun,
    MissedRun,
    RecordStream,
    Schedule,
    SetAsideRecord,
    SyncRun,
)

OF_PROFILE = "profile__connection__customer"
TABLES = (
    Table(Schedule, OF_PROFILE),
    Table(MissedRun, f"schedule__{OF_PROFILE}"),
    Table(SyncRun, OF_PROFILE),
    Table(ListRun, f"run__{OF_PROFILE}"),
    Table(SetAsideRecord, f"list_run__run__{OF_PROFILE}"),
    Table(ListItem, OF_PROFILE),
    Table(ItemChange, f"item__{OF_PROFILE}"),
    Table(Hold, OF_PROFILE),
    Table(RecordStream, OF_PROFILE, is_exported=False),
)
