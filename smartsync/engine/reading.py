"""The parts that both ends of one list share while a worker reads it."""

from dataclasses import dataclass

from intacct.setup_replies import UserFormatting
from smartsync.engine.cursor import ListCursor
from smartsync.engine.list_state import ListState, Task
from smartsync.engine.recorder import Recorder
from smartsync.engine.requests import Requests
from smartsync.engine.set_aside import Reason
from smartsync.models import ListRun


@dataclass(frozen=True, eq=False)
class ListReading:
    """Hold one list that is being read: its row, its state, what to ask, and what to write."""

    list_run: ListRun
    state: ListState
    requests: Requests
    recorder: Recorder


def resume(list_run: ListRun, formatting: UserFormatting | None) -> ListReading:
    """Return the reading of an unfinished list run, from the checkpoints that it has.

    formatting: how the Web Services user's Intacct writes times; None if that is not known.
    """
    requests = Requests(list_run, formatting)
    if not requests.where:
        # The whole list is read and compared. The row must not say that only changes were read.
        list_run.since = None
    cursor = ListCursor(
        low=list_run.low_key,
        high=list_run.high_key,
        max_key=list_run.max_key,
        taken=list_run.read,
        total=list_run.counted_before or 0,
    )
    # What was requested when another worker stopped is forgotten: only stored pages move a checkpoint.
    state = ListState(
        cursor,
        # A list that another worker has begun, or an earlier run has read, has its fields.
        Task.PAGE if list_run.fields else Task.LOOK_UP,
        is_incremental=list_run.since is not None,
        unkeyed=_set_aside_without_key(list_run),
    )
    return ListReading(list_run, state, requests, Recorder(list_run, state, requests))


def _set_aside_without_key(list_run: ListRun) -> list[bytes]:
    """The records without a key that an earlier worker has set aside: a resumed list must not count them again."""
    if not list_run.set_aside:
        return []
    records = list_run.set_aside_records.filter(reason=Reason.NO_KEY)
    return [bytes(record.fingerprint) for record in records]
