"""Look for what there is to report, and hand it to channels and to users' notifications."""

from collections.abc import Callable, Sequence

from core.batches import work_row_by_row
from operations.channels.kinds import ROWS, Kind, Occasion
from operations.channels.reporting import is_reported, report
from operations.occasion_notifications import is_notified, notify
from wizard.models import SupportSettings

# Who hears of a kind, if anyone does, and how.
LISTENERS: Sequence[tuple[Callable[[Kind], bool], Callable[[Kind, Sequence[Occasion]], None]]] = (
    (is_reported, report),
    (is_notified, notify),
)


def report_occasions(*, slow: bool) -> None:
    """Report what there is now, once. A kind or a listener that fails does not stop the others."""
    kinds = [kind for kind in ROWS if kind.is_slow == slow]
    work_row_by_row(kinds, _report_kind, lambda kind, error: None)


def _report_kind(kind: Kind) -> None:
    listeners = [listener for hears, listener in LISTENERS if hears(kind)]
    # Some kinds read many rows: they are read once for all listeners, and not for none.
    occasions = list(kind.occasions(SupportSettings.current())) if listeners else []
    work_row_by_row(listeners, lambda listener: listener(kind, occasions), lambda listener, error: None)
