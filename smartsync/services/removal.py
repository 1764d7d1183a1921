"""Removes the lists of profiles that ended long ago: see `SyncProfileQuerySet.with_expired_lists`."""

from django.db.models import F
from django.utils import timezone

from audit.services import event_record
from core.batches import work_row_by_row
from smartsync.models import Hold, ListItem, RecordStream, SetAsideRecord
from wizard.models import SyncProfile
from wizard.services import profile_expire

BATCH = 2_000


def ended_lists_remove() -> None:
    """Remove them in batches, each in a transaction of its own. A killed worker or the next night goes on."""
    # What fails with one profile is tried again the next night.
    failed: list[int] = []
    while expired := _expired_profiles(failed):
        work_row_by_row(expired, _remove_some, lambda pk, error: failed.append(pk))


def _expired_profiles(failed: list[int]) -> list[int]:
    expired = SyncProfile.objects.with_expired_lists().exclude(pk__in=failed)
    return list(expired.order_by("pk").values_list("pk", flat=True))


def _remove_some(pk: int) -> None:
    """Remove some records of the profile; once there are none, everything else that names them."""
    # Ended first: from now on, connecting again cannot bring back a profile with half of its records.
    if profile_expire(pk=pk):
        RecordStream.objects.filter(profile=pk).update(forgotten=F("revision"))
    records = ListItem.objects.filter(profile=pk)
    # In the order of an index.
    keys = list(records.filter(revision__gte=0).order_by("revision", "pk").values_list("pk", flat=True)[:BATCH])
    if keys:
        records.filter(pk__in=keys).delete()
    else:
        _finish(pk)


def _finish(pk: int) -> None:
    profile = SyncProfile.objects.select_related("connection", "legal_entity").get(pk=pk)
    SetAsideRecord.objects.filter(list_run__run__profile=pk).delete()
    Hold.objects.undecided().filter(profile=pk).delete()
    profile.schedules.all().delete()
    SyncProfile.objects.filter(pk=pk).update(lists_removed_at=timezone.now())
    event_record(
        action="list.removed",
        actor=None,
        target=profile,
        customer_id=profile.connection.customer_id,
        legal_entity=profile.legal_entity.name,
    )
