"""The row is the truth, the message is a hint: work is a row with a state, a lease and a heartbeat.

A worker claims a row by compare-and-set, renews its lease while it works, and holds the row inside every transaction
that writes; a worker that lost the lease writes nothing more. A sweeper sends a message for every row that is due and
not held, so a killed worker, a lost broker or a message delivered twice changes nothing in the end.

Every time is PostgreSQL's own, so the clocks of the workers do not matter. `leases.work` sees that all work ends.
"""

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from typing import ClassVar, Self, TypeVar

from django.conf import settings
from django.db import DatabaseError, connection, models
from django.db.models import F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest, Least, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

log = logging.getLogger(__name__)

LONGEST_PAUSE = timedelta(days=1)
"""Between two attempts: see `mail.delivery.WAITS`."""

LARGEST_COUNT = 2**31 - 1


class LeaseLost(Exception):
    """Another worker holds the row now: stop, and write nothing."""


class State(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")


ACTIVE = (State.QUEUED, State.RUNNING)
READABLE = ("state", "lease_token", "attempts", "failures", "failure")
"""What the end of a row's work needs to know; none of it can be a value that Python cannot read."""
Row = TypeVar("Row", bound="LeasedRow")


def _lease_end() -> Combinable:
    return Now() + timedelta(seconds=settings.LEASE_SECONDS)


def _one_more(count: str) -> Combinable:
    """Not above what the column holds: a row that cannot be claimed would never end."""
    return Least(F(count), LARGEST_COUNT - 1) + 1


class LeasedRowQuerySet(models.QuerySet[Row]):
    def active(self) -> Self:
        return self.filter(state__in=ACTIVE)

    def held(self) -> Self:
        """What a worker holds now.

        No lease ends later than a new one would: such a time was written before the clock was set back.
        """
        return self.filter(state=State.RUNNING, lease_until__range=(Now(), _lease_end()))

    def due(self) -> Self:
        """Work that no worker holds, and that does not wait for its next attempt."""
        free = self.active().exclude(lease_until__range=(Now(), _lease_end()))
        return free.exclude(due_at__range=(Now(), Now() + LONGEST_PAUSE))

    def claim(self, pk: int) -> Row | None:
        """Take the row if it is due; None when it is done or another worker has it.

        The attempt counts as a failure until it makes progress: a killed worker cannot count it afterwards.
        """
        taken = (
            self.due()
            .filter(pk=pk)
            .update(
                state=State.RUNNING,
                lease_token=uuid.uuid4(),
                lease_until=_lease_end(),
                attempts=_one_more("attempts"),
                failures=_one_more("failures"),
                started_at=Coalesce("started_at", Now()),
            )
        )
        return self._read(pk) if taken else None

    def claim_turn(self, pk: int) -> Row | None:
        """As `claim`, for kinds of work that also wait for others of their kind."""
        return self.claim(pk)

    def _read(self, pk: int) -> Row:
        """The row; when it holds a value that Python cannot read, without its fields, so that only its work fails."""
        try:
            return self.get(pk=pk)
        except (DatabaseError, ValueError):  # such as a number of 5,000 digits in a JSON field
            row: Row = self.model._base_manager.only(*READABLE).get(pk=pk)
            return row


class LeasedRow(models.Model):
    """`attempts`: how often it was claimed. `failures`: how many of these in a row brought nothing.

    `failure`: what the last one failed with, and where. `due_at`: no attempt before; None: at once.
    """

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    lease_token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)
    failures = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    failure = models.CharField(max_length=200, default="", db_default="", editable=False)
    due_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    objects: ClassVar[LeasedRowQuerySet["LeasedRow"]]

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    def hold(self) -> None:
        """Renew the lease and lock the row for the rest of the caller's transaction, or raise LeaseLost."""
        self._update(lease_until=_lease_end())

    def advance(self) -> None:
        """As `hold`, when the caller's transaction brings the work forward: the failures before it do not count."""
        self._update(lease_until=_lease_end(), failures=0)
        self.failures = 0

    def release(self) -> None:
        """Give the row back before its end: it is due again at once, and this attempt was no failure."""
        self._give_back(failures=Greatest(F("failures") - 1, Value(0)))

    def retry_later(self, failure: str) -> None:
        """Give the row back after an attempt that failed. The pause doubles with each failure in a row."""
        pause = timedelta(seconds=settings.LEASE_SECONDS) * 2 ** min(self.failures, 8) / 16
        self._give_back(failure=failure, due_at=Now() + pause)

    def finish(self) -> None:
        """Mark the row done, in the caller's transaction, after `hold`."""
        self.state = State.DONE
        self.finished_at = timezone.now()
        self.lease_token = self.lease_until = self.due_at = None
        self.failures = 0
        self.save()

    def _give_back(self, **changes: object) -> None:
        self._update(lease_token=None, lease_until=None, **changes)
        self.lease_token = self.lease_until = None

    def _update(self, **changes: object) -> None:
        held = type(self)._base_manager.filter(pk=self.pk, state=State.RUNNING, lease_token=self.lease_token)
        if not held.update(**changes):
            raise LeaseLost(f"{self._meta.verbose_name} {self.pk}")


@contextmanager
def kept_alive(row: LeasedRow) -> Iterator[None]:
    """Renew the lease from a thread while something slow goes on. A worker that lost it learns so at `hold`.

    Not for longer than any work takes: one that hangs must lose its row, and in a thread nothing else can end it.
    """
    stop = threading.Event()
    end = monotonic() + settings.LONGEST_WORK

    def renew() -> None:
        while monotonic() < end and not stop.wait(settings.LEASE_SECONDS / 3):
            try:
                row.hold()
            except LeaseLost:
                return
            except DatabaseError:
                log.warning("The lease of %s %s could not be renewed", row._meta.verbose_name, row.pk)
            finally:
                # Many rows are kept alive at once: no connection is kept between two renewals.
                connection.close()

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
