"""How long rows are stored. Every app registers rules, and one nightly job removes what has expired.

The job is a row of work, `core.models.Pruning`. Every batch is a transaction that holds its lease. What has expired is
a query, so a job that was killed continues with what is left, and a batch that is repeated changes nothing.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core.batches import is_rows_fault
from core.leases import LeaseLost, renew_periodically
from core.models import Pruning
from core.queue import publish

log = logging.getLogger(__name__)

BATCH = 500
SLICE = 20.0
"""Seconds that a worker spends on it before other work of its queue gets the thread."""
MOST_ROWS = 200_000
"""Rows of one rule in one night. More than a fleet of 10,000 connections adds; a backlog takes several nights."""
MOST_STUCK = 100
"""Rows that cannot be removed, until a rule is left to the next night."""


@dataclass(frozen=True)
class Rule:
    """One kind of rows that expire.

    name: as `manage.py prune` shows it. expired: returns the rows that were too old at a time and that nothing needs.
    by: the column by which they are too old; an index begins with it. setting: how many days they are stored. Without
    it, `expired` gets the present time: the rows know themselves when they end. remove: removes rows, or a part of
    them. lock: locks what those who write to rows with these keys lock first.
    """

    name: str
    expired: Callable[[datetime], "QuerySet[Any]"]
    by: str
    setting: str = ""
    remove: Callable[["QuerySet[Any]"], object] = QuerySet.delete
    lock: Callable[[list[Any]], object] = len

    def rows(self) -> "QuerySet[Any]":
        """Return the rows that have expired now, oldest first."""
        days = getattr(settings, self.setting) if self.setting else 0
        return self.expired(timezone.now() - timedelta(days=days)).order_by(self.by, "pk")


RULES: dict[str, Rule] = {}


def register_rules(rules: Iterable[Rule]) -> None:
    """Register an app's rules."""
    RULES.update({rule.name: rule for rule in rules})


def plan_pruning() -> None:
    """Create tonight's job once its hour has come."""
    now = timezone.now()
    if now.hour >= settings.RETENTION_HOUR:
        Pruning.objects.get_or_create(day=now.date())


def prune(pruning: Pruning, seconds: float = SLICE) -> None:
    """Work on a claimed job for a while, then finish it, or release it and queue it again. Raises LeaseLost."""
    ends_at = monotonic() + seconds
    with renew_periodically(pruning):
        while rules := [rule for name, rule in RULES.items() if name not in pruning.done]:
            if monotonic() > ends_at:
                pruning.release()
                publish(Pruning.task, pruning.pk)
                return
            _apply(rules[0], pruning, ends_at)
    with transaction.atomic():
        pruning.hold()
        pruning.finish()


def _apply(rule: Rule, pruning: Pruning, ends_at: float) -> None:
    """Remove batches until none is left or the time is over. A rule that fails does not stop the others."""
    try:
        is_done = _remove_all(rule, pruning, ends_at)
    except LeaseLost:
        raise
    except Exception as error:
        if not is_rows_fault(error):
            raise
        log.exception("The rule “%s” cannot be applied", rule.name)
        pruning.errors[rule.name] = type(error).__name__
        is_done = True
    if is_done:
        pruning.done.append(rule.name)
        pruning.save(update_fields=["done", "errors"])


def _remove_all(rule: Rule, pruning: Pruning, ends_at: float) -> bool:
    """Return False if the time was over before everything was removed."""
    stuck: list[Any] = []
    # Rows that are old but still needed are passed once in a slice, not once in every batch.
    first = None
    while monotonic() < ends_at:
        rows = rule.rows().exclude(pk__in=stuck)
        batch = list((rows.filter(**{f"{rule.by}__gte": first}) if first else rows).values_list("pk", rule.by)[:BATCH])
        if not batch or len(stuck) >= MOST_STUCK or pruning.removed.get(rule.name, 0) >= MOST_ROWS:
            return True
        first = batch[-1][1] if len(batch) == BATCH else batch[0][1]
        stuck += _remove(rule, [pk for pk, _moment in batch], pruning)
        if stuck:
            pruning.errors[rule.name] = f"{len(stuck)} rows"
    return False


def _remove(rule: Rule, keys: list[Any], pruning: Pruning) -> list[Any]:
    """Remove the rows together; if that fails, one at a time. Return the keys of those that cannot be removed."""
    try:
        with transaction.atomic():
            pruning.advance()
            rule.lock(keys)
            # Asked again under a lock: since the batch was read, a row may have become needed.
            expired = rule.rows().filter(pk__in=keys).select_for_update(of=("self",))
            locked = [row.pk for row in expired.only("pk")]
            rule.remove(expired.model._base_manager.filter(pk__in=locked))
            pruning.removed[rule.name] = pruning.removed.get(rule.name, 0) + len(locked)
            pruning.save(update_fields=["removed"])
        return []
    except LeaseLost:
        raise
    except Exception as error:
        if not is_rows_fault(error):
            raise
        log.exception("%s rows of “%s” cannot be removed", len(keys), rule.name)
    pruning.removed = Pruning.objects.values_list("removed", flat=True).get(pk=pruning.pk)
    return keys if len(keys) == 1 else [stuck for key in keys for stuck in _remove(rule, [key], pruning)]
