"""Where a request stands in the queue, for the links to the previous and the next one."""

from dataclasses import dataclass

from wizard.models import SyncProfile


@dataclass(frozen=True)
class QueuePlace:
    """`number` counts from 1; 0 for a decided request, after which the queue starts again."""

    number: int
    total: int
    previous: int | None
    next: int | None


def place_in_queue(profile: SyncProfile) -> QueuePlace:
    pks = list(SyncProfile.objects.in_queue_order().values_list("pk", flat=True))
    number = pks.index(profile.pk) + 1 if profile.pk in pks else 0
    previous = pks[number - 2] if number > 1 else None
    return QueuePlace(number, len(pks), previous, pks[number] if number < len(pks) else None)
