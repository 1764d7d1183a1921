"""What changed since some moment, as Intacct is asked for it."""

from datetime import timedelta

from intacct import filters
from intacct.records import UserFormatting
from smartsync.models import ListRun

LOOK_BACK = timedelta(hours=2)
"""A record may show up in Intacct's replies some time after it was changed."""
CREATED = ("AUWHENCREATED", "createdAt", "WHENCREATED")
"""When a record was made, the likeliest field first: a bill's WHENCREATED is the day written on it."""


def changed_since(list_run: ListRun, formatting: UserFormatting | None) -> filters.Filter | None:
    """Changed since, or never changed and created since. Unsure how to write times, all is compared: None."""
    stamp = list_run.record_list.modified
    if not (list_run.since and stamp and formatting and formatting.expected):
        return None
    since = formatting.local(list_run.since - LOOK_BACK)
    created = next((name for name in CREATED if name in list_run.fields), stamp)
    new = filters.any_of(filters.ge(created, since), filters.is_null(created))
    never_changed = filters.all_of(filters.is_null(stamp), new)
    return filters.any_of(*filter(None, (filters.ge(stamp, since), never_changed)))
