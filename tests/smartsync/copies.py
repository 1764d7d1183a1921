"""A copy of a profile's records that follows their changes."""

import json
from typing import Any

from smartsync.models import ListItem
from smartsync.services.changes import Choice, Place, read_changes
from wizard.models import SyncProfile

PAGE = 5


class Copy:
    def __init__(self, profile: SyncProfile) -> None:
        self.profile = profile
        self.place: Place | None = None
        self.records: dict[tuple[str, int], Any] = {}

    def read_page(self) -> bool:
        """Apply one page. Returns whether there is another one."""
        changes = read_changes(self.profile.pk, self.place, Choice(), PAGE, ",")
        for item in json.loads(f"[{changes.records}]"):
            key = item["list"], item["key"]
            if item["change"] == "deleted":
                self.records.pop(key, None)
            else:
                self.records[key] = item["active"], item["fields"]
        self.place = changes.next
        return changes.has_more

    def is_exact(self) -> bool:
        """Whether the copy, once it has read everything, is equal to what is stored."""
        while self.read_page():
            pass
        items = ListItem.objects.present().filter(profile=self.profile)
        return self.records == {(item.list, item.key): (item.active, item.fields) for item in items}
