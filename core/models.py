"""Define the tables of the cache and of forms that were sent."""

from typing import ClassVar

from django.db import models

from core.constraints import holds_path, json_object, json_texts, known_value
from core.leases import LeasedRow, LeasedRowQuerySet, State

ODD_MESSAGES = (
    'strict $ ? (@.type() != "array" || exists(@[*] ? (@.type() != "array" || @.size() != 2 ||'
    ' @[0].type() != "number" || @[1].type() != "string")))'
)


class CacheEntry(models.Model):
    """Hold Django's cache. It counts attempts to sign in, and signing in must not depend on the broker.

    Django itself reads and writes the table and expects these columns. It is a model so that a migration creates it.
    """

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "cache"

    def __str__(self) -> str:
        return self.cache_key


class SentForm(models.Model):
    """Remember for a day that a form was processed: see `core.form_tokens`."""

    key = models.CharField(max_length=64, primary_key=True)
    # The address that the answer to the form redirected to.
    location = models.TextField()
    # [level, text] of each message to show there.
    messages = models.JSONField(default=list)
    sent_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~holds_path("messages", ODD_MESSAGES), name="sent_messages_are_pairs"),
        ]

    def __str__(self) -> str:
        return f"sent at {self.sent_at}: {self.location}"


class Pruning(LeasedRow):
    """Remove what has expired, in one night: see `core.retention`.

    day: the night; None if an operator started it. done: rules that have removed all they could. removed: how many rows
    each rule removed. errors: what went wrong, by rule.
    """

    task = "core.tasks.pruning_run"

    day = models.DateField(null=True, unique=True)
    done = models.JSONField(default=list)
    removed = models.JSONField(default=dict)
    errors = models.JSONField(default=dict)

    objects: ClassVar[LeasedRowQuerySet["Pruning"]] = LeasedRowQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            known_value("pruning_state_is_known", "state", State.values),
            json_texts("pruning_done_are_texts", "done"),
            json_object("pruning_removed_is_an_object", "removed"),
            json_object("pruning_errors_are_an_object", "errors"),
        ]

    def __str__(self) -> str:
        return f"pruning of {self.day or self.created_at}"


class KeyCanary(models.Model):
    """Hold one encrypted value, by which processes find out whether they have its key: see `core.key_canary`.

    created_at: since when its key encrypts.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    envelope = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="one_key_canary")]

    def __str__(self) -> str:
        return f"canary of {self.created_at}"


class Backup(models.Model):
    """The last backup, as what makes backups reported it: see the command `record_backup`. There is one row at most."""

    ONLY = 1

    made_at = models.DateTimeField()
    size = models.PositiveBigIntegerField()
    place = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(pk=1), name="only_the_last_backup")]

    def __str__(self) -> str:
        return f"backup of {self.made_at}"
