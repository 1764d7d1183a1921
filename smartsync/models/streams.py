"""In which order the records of a profile changed, for readers who follow them by a cursor."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from wizard.models import SyncProfile


class RecordStreamQuerySet(models.QuerySet["RecordStream"]):
    def revision_of(self, profile: SyncProfile) -> int:
        return self.filter(profile=profile).values_list("revision", flat=True).first() or 0


class RecordStream(models.Model):
    """How far the changes of a profile's records have come.

    Each transaction that changes records raises `revision` and writes it to these records. It then holds the lock of
    this row until it commits. So revisions are committed in their order, and all changes of a revision at once.
    """

    profile = models.OneToOneField(
        SyncProfile, primary_key=True, on_delete=models.CASCADE, related_name="record_stream"
    )
    revision = models.BigIntegerField(default=0, db_default=0)
    # Deleted records with a revision up to this one may have been removed.
    forgotten = models.BigIntegerField(default=0, db_default=0)

    objects = RecordStreamQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(forgotten__gte=0) & Q(forgotten__lte=F("revision")), name="forgotten_revision_was_reached"
            )
        ]

    def __str__(self) -> str:
        return f"revision {self.revision}"
