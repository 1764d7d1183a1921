"""Give work to workers. Work is a row with a state and a lease; a message to a worker is only a hint that it is due.

A worker claims a row by compare-and-set, renews its lease while it works, and locks the row in every transaction that
writes. A worker that lost the lease writes nothing more. A sweeper sends a message for every row that is due and not
leased, and the next worker resumes it where the last transaction ended. So a killed worker, a lost broker or a message
that is delivered twice does not change the result.

All times are by PostgreSQL's clock, so the clocks of the workers do not matter. `core.work` makes all work end.
"""

import logging
import threading
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from typing import ClassVar, Self, TypeVar

from django.conf import settings
from django.db import DatabaseError, connection, models
from django.db.models import DateTimeField, F, Func, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.metrics import WORK_ENDED, count_on_commit

log = logging.getLogger(__name__)

LONGEST_PAUSE = timedelta(days=1)
"""The longest wait between two attempts: see `mail.delivery.WAITS`."""

LARGEST_COUNT = 2**31 - 1
"""The largest value of PostgreSQL's type integer, which holds `attempts` and `failures`."""


class LeaseLost(Exception):
    """Raised when another worker has the row now: the caller must stop and write nothing."""


class State(models.TextChoices):
    """Name the states of a row. Whether a worker has a running row is decided by its lease, not by its state."""

    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")


ACTIVE = (State.QUEUED, State.RUNNING)
READABLE = ("state", "lease_token", "attempts", "failures", "failure")
"""The fields that ending a row needs. None of them can hold a value that Python cannot read."""
Row = TypeVar("Row", bound="LeasedRow")


class CurrentTime(Func):
    """PostgreSQL's clock when the row is read or written.

    Not the worker's clock, because a lease that one machine wrote is judged by others. And not `Now`, the time when the
    statement began: a statement that waits for a row sees what was written to it later, so a new lease seemed to end
    later than any lease can, was taken for one from before the clock was set back, and two workers claimed one row.
    """

    function = "CLOCK_TIMESTAMP"
    arity = 0
    output_field = DateTimeField()


def lease_end() -> Combinable:
    """Return when a lease that is written now ends."""
    return CurrentTime() + timedelta(seconds=settings.LEASE_SECONDS)


def is_leased(until: str = "lease_until") -> Q:
    """Return the condition that a lease lasts. until: the column with its end.

    A range instead of "until > now": if the clock was wrong for a while and then set back, a lease may end days from
    now. No code writes such a time, so it is ignored and the work goes on.
    """
    return Q(**{f"{until}__range": (CurrentTime(), lease_end())})


def _plus_one(count: str) -> Combinable:
    """The count plus one, but never above what the column holds: a row that cannot be claimed would never end."""
    return Least(F(count), LARGEST_COUNT - 1) + 1


class LeasedRowQuerySet(models.QuerySet[Row]):
    """Find and claim rows of work."""

    def active(self) -> Self:
        """Return the rows whose work has not ended."""
        return self.filter(state__in=ACTIVE)

    def leased(self) -> Self:
        """Return the rows that a worker has now."""
        return self.filter(is_leased(), state=State.RUNNING)

    def due(self) -> Self:
        """Return the rows that no worker has and that do not wait for their next attempt."""
        # A pause that ends later than any pause can is ignored, like such a lease.
        free = self.active().exclude(is_leased())
        return free.exclude(due_at__range=(CurrentTime(), CurrentTime() + LONGEST_PAUSE))

    def ready(self) -> Self:
        """Return the rows that a worker could start on now: how long the oldest waits says whether workers keep up.

        Kinds of work that also wait for other rows of their kind override this.
        """
        return self.due()

    def claim(self, pk: int) -> Row | None:
        """Claim the row if it is due. Return None if it is not: it is done, waits, or another worker has it.

        pk: the key of the row. The lease lasts for `settings.LEASE_SECONDS` and must be renewed before that.

        The attempt counts as a failure until it makes progress, since a killed worker cannot count it afterwards.
        """
        return self._read(pk) if self._lease([pk], uuid.uuid4()) else None

    def claim_all(self, pks: Collection[int]) -> Self:
        """Claim those of the rows that are due, with one lease token, and return them."""
        token = uuid.uuid4()
        self._lease(pks, token)
        return self.filter(pk__in=pks, lease_token=token)

    def _lease(self, pks: Collection[int], token: uuid.UUID) -> int:
        """Give a lease to those of the rows that are due. Return how many.

        token: new for each claim. A worker whose lease ended and was given to another one then finds no row to write
        to, even if it is the same process.
        """
        # Compare-and-set: of two workers that claim at once, the second finds that the row is no longer due.
        due = self.due().filter(pk__in=pks)
        return due.update(
            state=State.RUNNING,
            lease_token=token,
            lease_until=lease_end(),
            attempts=_plus_one("attempts"),
            failures=_plus_one("failures"),
            started_at=Coalesce("started_at", CurrentTime()),
        )

    def claim_next(self, pk: int) -> Row | None:
        """Claim the row like `claim`. Kinds of work that also wait for other rows of their kind override this."""
        return self.claim(pk)

    def _read(self, pk: int) -> Row:
        """Return the row. If it holds a value that Python cannot read, load only the fields in `READABLE`.

        Then only the work of this row fails, and the worker can save that failure.
        """
        try:
            return self.get(pk=pk)
        except (DatabaseError, ValueError):  # such as a number of 5,000 digits in a JSON field
            # Not an error here: the claim is committed, so an error would leave the row to no one until the lease ends.
            row: Row = self.model._base_manager.only(*READABLE).get(pk=pk)
            return row


class LeasedRow(models.Model):
    """Hold one piece of work.

    task: the dotted name of the Celery task that works on rows of this kind; it takes the row's key.
    attempts: how often it was claimed. failures: how many of the latest attempts in a row made no progress.
    failure: the error of the last attempt that failed, and where it happened. due_at: no attempt before this time.
    waits_from: the columns with times; a row that is ready waits for a worker since the latest of them.
    """

    task: ClassVar[str]
    waits_from: ClassVar[tuple[str, ...]] = ("created_at", "due_at", "lease_until")

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

    bad_outcomes: ClassVar[tuple[str, ...]] = ()
    """The outcomes that alerts count."""

    @property
    def work_kind(self) -> str:
        """Return the kind of work for metrics and logs, such as "verification"."""
        return self.task.rpartition(".")[2].removesuffix("_run")

    @property
    def outcome(self) -> str:
        """Return how the work ended, for metrics and logs: one of a few words."""
        return "done"

    @property
    def is_active(self) -> bool:
        """Return whether the work has not ended."""
        return self.state in ACTIVE

    def check_lease(self) -> None:
        """Raise LeaseLost if this worker no longer has the row, without locking it: before work that writes nothing."""
        if not self._held().exists():
            raise LeaseLost(f"{self._meta.verbose_name} {self.pk}")

    def hold(self) -> None:
        """Renew the lease and lock the row until the end of the caller's transaction. Raises LeaseLost.

        While the row is locked, no other worker can claim it, so what the transaction writes is valid when it commits.
        """
        self._update(lease_until=lease_end())

    def take_over(self) -> None:
        """Take the row from any worker that has it, in a transaction that ends the work."""
        self.lease_token = uuid.uuid4()
        active = type(self)._base_manager.filter(pk=self.pk, state__in=ACTIVE)
        active.update(state=State.RUNNING, lease_token=self.lease_token, lease_until=lease_end())

    def advance(self) -> None:
        """Do what `hold` does, in a transaction that makes progress. Raises LeaseLost.

        Earlier failures no longer count: long work may be interrupted any number of times if it gets on in between.
        """
        self._update(lease_until=lease_end(), failures=0)
        self.failures = 0

    def release(self) -> None:
        """Release the row before its work is done. Raises LeaseLost.

        It is due again at once, and this attempt is not a failure.
        """
        # `claim` counted the attempt as a failure, because a killed worker could not do it.
        self._give_back(failures=Greatest(F("failures") - 1, Value(0)))

    def retry_later(self, failure: str) -> None:
        """Release the row after a failed attempt. Raises LeaseLost.

        The pause before the next attempt doubles with every failure in a row, from an eighth of a lease to 16 leases.

        failure: the error in one line, without values of the customer.
        """
        pause = timedelta(seconds=settings.LEASE_SECONDS) * 2 ** min(self.failures, 8) / 16
        self._give_back(failure=failure, due_at=CurrentTime() + pause)

    def finish(self) -> None:
        """Mark the row as done and save all its fields. Call it after `hold`, in the same transaction."""
        # Django's clock is good enough for a time that is only shown. No decision depends on it.
        self.state = State.DONE
        self.finished_at = timezone.now()
        self.lease_token = self.lease_until = self.due_at = None
        self.failures = 0
        self.save()
        count_on_commit(WORK_ENDED, self.work_kind, self.outcome)

    def _give_back(self, **changes: object) -> None:
        self._update(lease_token=None, lease_until=None, **changes)
        self.lease_token = self.lease_until = None

    def _update(self, **changes: object) -> None:
        # The condition and the write are one statement. A check before the write could be outdated when it writes.
        if not self._held().update(**changes):
            raise LeaseLost(f"{self._meta.verbose_name} {self.pk}")

    def _held(self) -> models.QuerySet["LeasedRow"]:
        """Return this row, if this worker still has it."""
        held: models.QuerySet[LeasedRow] = type(self)._base_manager.filter(
            pk=self.pk, state=State.RUNNING, lease_token=self.lease_token
        )
        return held


@contextmanager
def renew_periodically(*rows: LeasedRow) -> Iterator[None]:
    """Renew leases from a thread during slow work. A worker that lost a lease notices it at its next `hold`.

    rows: claimed rows. The thread stops after `settings.LONGEST_WORK` seconds: work that hangs must lose its row, and
    no other time limit can end work in a thread.
    """
    stop = threading.Event()
    end = monotonic() + settings.LONGEST_WORK
    leased = list(rows)

    def renew() -> None:
        # Three times per lease: two renewals may fail, or come late on a busy machine, before the lease is lost.
        while leased and monotonic() < end and not stop.wait(settings.LEASE_SECONDS / 3):
            try:
                leased[:] = [row for row in leased if _is_renewed(row)]
            finally:
                # Many leases are renewed at the same time, so no thread keeps a connection between two renewals.
                connection.close()

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _is_renewed(row: LeasedRow) -> bool:
    """Renew the lease of a row. Return False if the worker has lost it, or its work has ended."""
    try:
        row.hold()
    except LeaseLost:
        return False
    except DatabaseError:
        log.warning("The lease of %s %s could not be renewed", row._meta.verbose_name, row.pk)
    return True
