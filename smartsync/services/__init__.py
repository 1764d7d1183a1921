from smartsync.services.dispatcher import schedules_dispatch
from smartsync.services.holds import guard_change, hold_confirm, hold_reject
from smartsync.services.list_choice import choosable_lists, lists_choose
from smartsync.services.notifications import missed_runs_notify
from smartsync.services.removal import ended_lists_remove
from smartsync.services.runs import (
    default_since,
    default_sinces,
    list_retry,
    notify_run_given_up,
    run_cancel,
    run_finish,
    run_give_up,
    run_start,
    runs_publish,
    runs_start,
)
from smartsync.services.schedules import (
    rules_for,
    schedule_change,
    schedule_create,
    schedule_pause,
    schedule_remove,
    schedule_resume,
)

__all__ = [
    "choosable_lists",
    "default_since",
    "default_sinces",
    "ended_lists_remove",
    "guard_change",
    "hold_confirm",
    "hold_reject",
    "list_retry",
    "lists_choose",
    "missed_runs_notify",
    "notify_run_given_up",
    "rules_for",
    "run_cancel",
    "run_finish",
    "run_give_up",
    "run_start",
    "runs_publish",
    "runs_start",
    "schedule_change",
    "schedule_create",
    "schedule_pause",
    "schedule_remove",
    "schedule_resume",
    "schedules_dispatch",
]
