"""What Beanworks staff see when a part of the product is broken. Operators see more at /healthz."""

from concurrent.futures import Future, ThreadPoolExecutor
from math import inf
from threading import Lock
from time import monotonic

from django.utils.translation import gettext_lazy as _

from beanworks_connect.health import LIMIT, OK, ask_parts

EFFECTS = {
    "database": _("The database is responding slowly. Some pages may not be available right now."),
    "broker": _("The message broker is not available. Checks, syncs and emails that users start wait until it is."),
    "worker": _("Background workers are not running. Checks, syncs or emails wait until they are."),
    "beat": _("The scheduler is not running. Scheduled syncs and daily verifications do not start until it is."),
}
KNOWN_FOR = 10.0
"""Seconds until the parts are asked again."""
WAIT = 0.3
"""Seconds that a page waits for an answer: a part that works answers at once."""
WAIT_AFTER_PAUSE = LIMIT + 0.3
"""The same if no page has asked for a long time: the earlier answers may be outdated."""
EXECUTOR = ThreadPoolExecutor(max_workers=1, thread_name_prefix="notices")


class _Known:
    """The newest answers of all parts, or the previous ones until those arrive."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.asked_at = -inf
        self.asking: Future[dict[str, str]] = Future()
        self.answers: dict[str, str] = {}

    def refresh(self) -> None:
        with self.lock:
            age = monotonic() - self.asked_at
            if age >= KNOWN_FOR:
                self.asked_at = monotonic()
                self.asking = EXECUTOR.submit(ask_parts)
        try:
            self.answers = self.asking.result(WAIT_AFTER_PAUSE if age >= 2 * KNOWN_FOR else WAIT)
        except TimeoutError:
            return


known = _Known()


def broken_parts() -> list[str]:
    """Return a sentence for each part that does not work, as of a few seconds ago.

    Delays a page by a second at most.
    """
    known.refresh()
    return [str(EFFECTS[part]) for part, answer in known.answers.items() if answer != OK]
