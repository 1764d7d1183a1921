"""The filter that asks Intacct for what changed since a given time."""

from datetime import timedelta

from intacct import filters
from intacct.setup_replies import UserFormatting
from smartsync.models import ListRun

LOOK_BACK = timedelta(hours=2)
"""A changed record may appear in Intacct's replies only some time later, so a sync asks for this much more."""
CREATED = ("AUWHENCREATED", "createdAt", "WHENCREATED")
"""Fields with the creation time, the most reliable first: the WHENCREATED of a bill is the date on the bill."""


def changed_since(list_run: ListRun, formatting: UserFormatting | None) -> filters.Filter | None:
    """The filter for records changed since `list_run.since`, or created since and never changed.

    None means that the whole list is read and compared: there is no such time, or the list has no field with the time
    of the last change, or it is not certain how this user's Intacct writes times.
    """
    modified = list_run.record_list.modified
    if not (list_run.since and modified and formatting and formatting.is_expected):
        return None
    since = formatting.local(list_run.since - LOOK_BACK)
    created = next((name for name in CREATED if name in list_run.fields), modified)
    # A record without a creation time may be new, so it is read as well.
    new = filters.any_of(filters.ge(created, since), filters.is_null(created))
    # A record that was never changed may have no modification time, and a comparison would leave it out.
    never_changed = filters.all_of(filters.is_null(modified), new)
    return filters.any_of(*filter(None, (filters.ge(modified, since), never_changed)))
