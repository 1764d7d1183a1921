"""Removes records that Intacct deleted long ago."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from audit.services import event_record
from core.batches import work_row_by_row
from smartsync.models import ListItem, RecordStream, SyncRun
from smartsync.models.items import ListItemQuerySet
from wizard.models import SyncProfile

BATCH = 2_000


def records_forget() -> None:
    """Remove deleted records after `DELETED_RECORDS_DAYS`, and note up to which revision some are gone."""
    profiles = list(_forgettable().order_by("profile").values_list("profile", flat=True).distinct())
    # What fails with one profile is tried again the next day.
    work_row_by_row(profiles, _forget_all, lambda profile, error: None)


def _forgettable() -> ListItemQuerySet:
    limit = timezone.now() - timedelta(days=settings.DELETED_RECORDS_DAYS)
    return ListItem.objects.filter(deleted_at__lt=limit)


def _forget_all(profile_pk: int) -> None:
    count = sum(iter(lambda: _forget_some(profile_pk), 0))
    profile = SyncProfile.objects.select_related("connection").get(pk=profile_pk)
    customer_id = profile.connection.customer_id
    event_record(action="list.records_removed", actor=None, target=profile, customer_id=customer_id, records=count)


@transaction.atomic
def _forget_some(profile_pk: int) -> int:
    """Remove some of the profile's records. Returns how many."""
    # A worker locks the run before it writes. A record that it brings back is then not removed at the same time.
    bool(SyncRun.objects.active().filter(profile=profile_pk).select_for_update())
    keys = list(_forgettable().filter(profile=profile_pk).order_by("pk").values_list("pk", flat=True)[:BATCH])
    old = ListItem.objects.filter(pk__in=keys)
    if keys:
        forgotten = old.aggregate(latest=Max("revision"))["latest"]
        stream, _is_new = RecordStream.objects.select_for_update().get_or_create(profile_id=profile_pk)
        stream.forgotten = max(stream.forgotten, forgotten)
        stream.save(update_fields=["forgotten"])
        old.delete()
    return len(keys)
