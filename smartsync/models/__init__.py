from smartsync.models.holds import Hold
from smartsync.models.items import ItemChange, ListItem, SetAsideRecord
from smartsync.models.list_runs import ListRun
from smartsync.models.runs import SyncRun
from smartsync.models.schedules import MissedRun, Schedule
from smartsync.models.streams import RecordStream

__all__ = [
    "Hold",
    "ItemChange",
    "ListItem",
    "ListRun",
    "MissedRun",
    "RecordStream",
    "Schedule",
    "SetAsideRecord",
    "SyncRun",
]
