from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from core.constraints import known_value
from core.leases import ACTIVE, CurrentTime, LeasedRow, LeasedRowQuerySet, State
from operations.canned_texts.models import CannedText
from operations.channels.models import Channel, ChannelKind, ChannelMessage, ReportedOccasion
from wizard.models import Connection

__all__ = [
    "CannedText",
    "Channel",
    "ChannelKind",
    "ChannelMessage",
    "CustomerDeletion",
    "CustomerDeletionQuerySet",
    "CustomerExport",
    "ExportPart",
    "FollowUp",
    "Note",
    "ReportedOccasion",
    "SavedView",
]


class SavedView(models.Model):
    """A filtered board that a user saved. `query` is the address's part after the question mark."""

    NAME_LENGTH = 40

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    query = models.CharField(max_length=500)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "name"], name="one_view_per_user_and_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Note(models.Model):
    """A note of Beanworks staff about a connection. Customers never see it."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.CharField(_("note"), max_length=2000)
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(text=""), name="note_has_a_text")]

    def __str__(self) -> str:
        return self.text[:60]


class FollowUp(models.Model):
    """When Beanworks contacts a customer next, and until which day a connection does not count as stuck.

    Days are those of the user who reads them. A snooze ends on its day, or earlier if the connection breaks.
    """

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="follow_up")
    contact_on = models.DateField(null=True, db_index=True)
    snoozed_until = models.DateField(null=True, db_index=True)
    snoozed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(snoozed_until__isnull=True, snoozed_at__isnull=True)
                | Q(snoozed_until__isnull=False, snoozed_at__isnull=False),
                name="snooze_has_a_start_and_an_end",
            )
        ]

    def __str__(self) -> str:
        return f"follow-up of {self.connection}"


class CustomerExport(LeasedRow):
    """One archive of all data of a customer, made by a worker. Its file is in `ExportPart` until `expires_at`.

    rows, total: how many rows were written so far, and how many there are. size, digest: of the file.
    """

    task = "operations.tasks.export_run"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="exports")
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    rows = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(null=True)

    objects: ClassVar[LeasedRowQuerySet["CustomerExport"]] = LeasedRowQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            known_value("export_state_is_known", "state", State.values),
            models.UniqueConstraint(
                fields=["customer"], condition=Q(state__in=ACTIVE), name="one_active_export_per_customer"
            ),
        ]

    def __str__(self) -> str:
        return f"export {self.pk} of customer {self.customer_id}"

    @property
    def is_available(self) -> bool:
        return self.expires_at is not None and self.expires_at > timezone.now()

    @property
    def is_failed(self) -> bool:
        return not self.is_active and self.expires_at is None


class ExportPart(models.Model):
    """A piece of the file of an export. In PostgreSQL, because every web process must be able to send it."""

    export = models.ForeignKey(CustomerExport, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["export", "number"], name="export_part_once_per_number")
        ]

    def __str__(self) -> str:
        return f"part {self.number} of {self.export}"


class CustomerDeletionQuerySet(LeasedRowQuerySet["CustomerDeletion"]):
    def open(self) -> Self:
        return self.filter(canceled_at=None, deleted_at=None)

    def due(self) -> Self:
        """Return those that a second user confirmed and whose time to cancel is over."""
        return super().due().filter(starts_at__lte=CurrentTime())


class CustomerDeletion(LeasedRow):
    """The deletion of a customer: requested, confirmed by another user, and done by a worker some days later.

    The row stays as the only record of the customer. Then it holds no name and no text any more.
    table, position: where the worker is: the name of a table, and the last key that it deleted there.
    counts: how many rows were deleted, by table. pseudonym_key: see `audit_erase`.
    """

    task = "operations.tasks.deletion_run"
    waits_from = (*LeasedRow.waits_from, "starts_at")

    customer_pk = models.BigIntegerField(db_index=True)
    customer_name = models.CharField(max_length=120, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    canceled_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    starts_at = models.DateTimeField(null=True)
    canceled_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    table = models.CharField(max_length=80, blank=True)
    position = models.CharField(max_length=80, blank=True)
    counts = models.JSONField(default=dict)
    total = models.PositiveBigIntegerField(default=0)
    pseudonym_key = models.BinaryField(null=True)

    objects: ClassVar[CustomerDeletionQuerySet] = CustomerDeletionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            known_value("deletion_state_is_known", "state", State.values),
            models.UniqueConstraint(
                fields=["customer_pk"],
                condition=Q(canceled_at=None, deleted_at=None),
                name="one_open_deletion_per_customer",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("requested_by")),
                name="deletion_is_confirmed_by_another_user",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, starts_at=None) | Q(confirmed_at__isnull=False, starts_at__isnull=False),
                name="confirmed_deletion_has_a_start",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at=None) | Q(customer_name="", reason="", pseudonym_key=None, canceled_at=None),
                name="done_deletion_holds_no_names",
            ),
        ]

    def __str__(self) -> str:
        return f"deletion of customer {self.customer_pk}"

    @property
    def deleted_rows(self) -> int:
        return sum(self.counts.values())

    @property
    def can_be_canceled(self) -> bool:
        return self.is_active and (self.starts_at is None or self.starts_at > timezone.now())

    @property
    def is_failed(self) -> bool:
        return not self.is_active and self.canceled_at is None and self.deleted_at is None
