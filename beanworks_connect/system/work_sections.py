"""When beat and a worker of each queue were last heard, and what waits in the queues."""

from django.utils.translation import gettext as _
from redis import RedisError

from beanworks_connect.heartbeat import BEAT, heartbeat_ages, is_silent
from beanworks_connect.system.section import NOTHING, Section, age, problems
from core.queue_states import QUEUES, queue_states


def queue_section() -> Section:
    """Workers are known by their queue: one that serves a queue reports for it."""
    heard = _ages()
    rows = [
        (
            state.name,
            _heard(heard, state.name),
            str(state.rows),
            age(state.age),
            NOTHING if state.messages is None else str(state.messages),
        )
        for state in queue_states()
    ]
    rows.append((_("beat, which starts work at intervals"), _heard(heard, BEAT), NOTHING, NOTHING, NOTHING))
    return Section(
        _("Queues"),
        "docs/operations.md",
        (_("Queue"), _("Worker last heard"), _("Rows that are due"), _("Oldest waits for"), _("Messages")),
        rows,
        problems([heard is None or is_silent(heard[name]) for name in (*QUEUES, BEAT)]),
    )


def _ages() -> dict[str, float | None] | None:
    """Return None if the broker does not answer."""
    try:
        return heartbeat_ages()
    except RedisError:
        return None


def _heard(ages: dict[str, float | None] | None, name: str) -> str:
    if ages is None:
        return _("unknown: the broker does not answer")
    seconds = ages[name]
    return _("not in the last day") if seconds is None else _("%(time)s ago") % {"time": age(seconds)}
