"""The row is the truth, the message a hint: work is a row with a state, a lease and a heartbeat.

A worker takes a row by compare-and-set, renews its lease as it goes and checks it inside every transaction that
writes; whoever lost the lease writes nothing more. The sweeper sends a message for every row that is due and that
nobody holds, so that a killed worker, a lost broker or a message delivered twice changes nothing in the end.
"""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import ClassVar, Self, TypeVar

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class LeaseLost(Exception):
    """Another worker holds the row now: stop, and write nothing."""


class State(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")


ACTIVE = (State.QUEUED, State.RUNNING)
Row = TypeVar("Row", bound="LeasedRow")


class LeasedRowQuerySet(models.QuerySet[Row]):
    def active(self) -> Self:
        return self.filter(state__in=ACTIVE)

    def due(self) -> Self:
        """Work that nobody holds: never taken, or its holder stopped renewing."""
        return self.active().filter(Q(lease_until=None) | Q(lease_until__lt=timezone.now()))

    def claim(self, pk: int) -> Row | None:
        """Take the row if it is due; None when it is done or another worker has it."""
        token, now = uuid.uuid4(), timezone.now()
        taken = (
            self.due()
            .filter(pk=pk)
            .update(
                state=State.RUNNING,
                lease_token=token,
                lease_until=now + timedelta(seconds=settings.LEASE_SECONDS),
                attempts=F("attempts") + 1,
                started_at=Coalesce("started_at", now),
            )
        )
        return self.get(pk=pk) if taken else None


class LeasedRow(models.Model):
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    lease_token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)
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
        until = timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
        mine = type(self)._base_manager.filter(pk=self.pk, state=State.RUNNING, lease_token=self.lease_token)
        if not mine.update(lease_until=until):
            raise LeaseLost(f"{self._meta.verbose_name} {self.pk}")
        self.lease_until = until

    def release(self) -> None:
        """Give the row back before its end: it is due again at once."""
        with transaction.atomic():
            self.hold()
            self.lease_token = self.lease_until = None
            self.save(update_fields=["lease_token", "lease_until"])

    def finish(self) -> None:
        """Mark the row done, in the caller's transaction, after `hold`."""
        self.state = State.DONE
        self.finished_at = timezone.now()
        self.lease_token = self.lease_until = None
        self.save()


@contextmanager
def kept_alive(row: LeasedRow) -> Iterator[None]:
    """Renew the lease from a thread of its own while something slow goes on. Whoever lost it learns so at `hold`."""
    stop = threading.Event()

    def renew() -> None:
        try:
            while not stop.wait(settings.LEASE_SECONDS / 3):
                row.hold()
        except LeaseLost:
            return
        finally:
            connection.close()

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
