from typing import ClassVar

from django.core.cache import cache
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from core.collation import holds_every_word
from core.constraints import json_object
from smartsync.models.list_runs import ListRun
from smartsync.models.streams import RecordStream
from wizard.models import SyncProfile

LARGEST_KEY = models.BigIntegerField.MAX_BIGINT
MANY = 10_000
"""Records of a profile. Fewer are counted each time, in some milliseconds."""
COUNTS_SECONDS = 7 * 86_400
LONG = 100_000
"""Records of a list. Longer lists are searched by an index (`operations.search_indexes`). To have all records in it
would double the time that PostgreSQL takes to store them, and shorter lists are read in less than 0.1 s.
"""


DOUBTFUL = Q(missing_since_run__isnull=False) | Q(inactive_since_run__isnull=False)


class KeptJSONField(models.JSONField):
    """JSON stored as text, in a `json` column.

    Converting wide records to `jsonb` takes PostgreSQL longer than all other steps of storing them.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "json"


class ListItemQuerySet(models.QuerySet["ListItem"]):
    def present(self) -> "ListItemQuerySet":
        """Records that Intacct still has."""
        return self.filter(deleted_at=None)

    def doubtful(self) -> "ListItemQuerySet":
        """Records that a full run did not find, or found inactive, and that are not marked as such yet."""
        return self.present().filter(DOUBTFUL)

    def with_status(self, status: str) -> "ListItemQuerySet":
        """`status`: active, inactive, gone or held. Any other value selects all records that Intacct still has."""
        if status == "gone":
            return self.exclude(deleted_at=None)
        if status == "held":
            return self.doubtful().filter(is_held=True)
        present = self.present()
        return present.filter(active=status == "active") if status in ("active", "inactive") else present

    def counts(self, profile: SyncProfile) -> dict[str, dict[str, int]]:
        """For each list, how many records Intacct has, and how many of them are inactive and indexed.

        To count a million records takes longer than a page may, so the counts are saved until a record changes.
        """
        key = f"record_counts:{profile.pk}:{RecordStream.objects.revision_of(profile)}"
        if saved := cache.get(key):
            counts: dict[str, dict[str, int]] = saved
            return counts
        counts = self._counts(profile)
        if sum(count["present"] for count in counts.values()) > MANY:
            cache.set(key, counts, COUNTS_SECONDS)
        return counts

    def _counts(self, profile: SyncProfile) -> dict[str, dict[str, int]]:
        lists = self.present().filter(profile=profile).values("list").order_by("list")
        rows = lists.annotate(present=Count("pk"), indexed=Count("pk", filter=Q(is_indexed=True)))
        # By an index of their own, which has only these.
        inactive = dict(lists.filter(active=False).values_list("list", Count("pk")))
        return {
            row["list"]: {
                "present": row["present"],
                "inactive": inactive.get(row["list"], 0),
                "indexed": row["indexed"],
            }
            for row in rows
        }

    def search(self, words: str) -> "ListItemQuerySet":
        """Records whose code or name holds every word."""
        return self.filter(holds_every_word(words, "code", "name"))


class ListItem(models.Model):
    """One record of one list, as Intacct last sent it. `fingerprint` shows whether a record has changed.

    `deleted_at` is when a run noticed that Intacct no longer has the record. The record is then inactive too.
    Only `smartsync.engine.merge` and `smartsync.engine.deletions` write to this table.
    """

    # Indexes below begin with this column. A separate index would only slow down writing. So would a foreign key, which
    # PostgreSQL checks for each row: triggers check it once for each statement (decision 0019).
    profile = models.ForeignKey(
        SyncProfile, on_delete=models.CASCADE, related_name="items", db_index=False, db_constraint=False
    )
    list = models.CharField(max_length=80)
    key = models.BigIntegerField()
    code = models.TextField()
    name = models.TextField(blank=True)
    active = models.BooleanField(default=True)
    fields = KeptJSONField()
    fingerprint = models.BinaryField(max_length=16)
    first_seen_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    # The list run that read past this key and did not find the record. Once that list run is complete, the record is
    # marked as deleted.
    missing_since_run = models.BigIntegerField(null=True)
    # The list run of a full sync that found the record inactive while it is still active here: see
    # `smartsync.engine.deletions`.
    inactive_since_run = models.BigIntegerField(null=True)
    # Missing or inactive, and waiting for an administrator's decision: see `Hold`.
    is_held = models.BooleanField(default=False, db_default=False)
    deleted_at = models.DateTimeField(null=True)
    # Whether it is in the index for searches: see `LONG`.
    is_indexed = models.BooleanField(default=False, db_default=False)
    # When it last changed, in the order of the profile's changes: see `RecordStream`. 0: before there were revisions.
    revision = models.BigIntegerField(default=0, db_default=0)

    objects = ListItemQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["profile", "list", "key"], name="record_once_per_list"),
            models.CheckConstraint(condition=Q(deleted_at=None) | Q(active=False), name="deleted_item_is_inactive"),
            json_object("item_fields_are_an_object", "fields", type_of="json_typeof"),
        ]
        indexes: ClassVar = [
            # With what counting and skipping to a page needs, so that they read only the index.
            models.Index(
                fields=["profile", "list", "code", "key"],
                include=["id", "is_indexed"],
                condition=Q(deleted_at=None),
                name="present_item_in_order",
            ),
            # Deleted ones too, since they are inactive.
            models.Index(
                fields=["profile", "list", "code", "key"], condition=Q(active=False), name="inactive_item_in_order"
            ),
            models.Index(fields=["profile", "list"], condition=Q(deleted_at=None) & DOUBTFUL, name="doubtful_item"),
            models.Index(fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="deleted_item_by_time"),
            # With the list, so that reading the changes of one list skips other lists' records within the index. Every
            # row fulfills the condition. It is here so that only queries with it use the index: without statistics,
            # PostgreSQL chose the index for storing pages, and read the whole list for each.
            models.Index(
                fields=["profile", "revision", "id", "list"], condition=Q(revision__gte=0), name="item_by_revision"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ItemChange(models.Model):
    """What one list run changed in a record. `fields` has the old and the new value of each changed field.

    The first time a record is read is not a change: `ListItem.first_seen_at` has it. Only `smartsync.engine.merge` and
    `smartsync.engine.deletions` write to this table.
    """

    class Kind(models.TextChoices):
        CHANGED = "changed", _("Changed")
        GONE = "gone", _("No longer in Intacct")
        BACK = "back", _("In Intacct again")

    item = models.ForeignKey(ListItem, on_delete=models.CASCADE, related_name="changes")
    list_run = models.ForeignKey(ListRun, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    kind = models.CharField(max_length=8, choices=Kind)
    fields = models.JSONField()

    class Meta:
        constraints: ClassVar = [json_object("changed_fields_are_an_object", "fields")]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.kind}"


class SetAsideRecord(models.Model):
    """A record that Intacct sent and that cannot be stored. The version stored by an earlier run stays unchanged.

    `number` and `code` are as Intacct sent them, cut to `LONGEST` characters. `key` is the number, if it is one that
    `ListItem` can store.
    """

    class Reason(models.TextChoices):
        NO_KEY = "no_key", _("It has no usable record number.")
        KEY_TOO_LARGE = "key_too_large", _("Its record number is too large.")
        CODE_TOO_LONG = "code_too_long", _("Its code is too long.")
        CHARACTERS = "characters", _("It contains characters that cannot be stored.")
        REFUSED = "refused", _("One of its values cannot be stored.")

    LONGEST = 200

    list_run = models.ForeignKey(ListRun, on_delete=models.CASCADE, related_name="set_aside_records", db_index=False)
    key = models.BigIntegerField(null=True)
    number = models.CharField(max_length=LONGEST)
    code = models.CharField(max_length=LONGEST)
    reason = models.CharField(max_length=16, choices=Reason)
    fingerprint = models.BinaryField(max_length=16)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["list_run", "fingerprint"], name="set_aside_once_per_reading"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.code}: {self.reason}"
