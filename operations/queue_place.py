"""Where a request stands in the queue, for the links to the previous and the next one."""

from dataclasses import dataclass

from accounts.models import User
from wizard.models import SyncProfile


@dataclass(frozen=True)
class QueuePlace:
    """`number` counts the requests that wait for Beanworks from 1, as the link to the queue does; 0 for another one.

    From another one, `next` is the first request that this user can decide.
    """

    number: int
    total: int
    previous: int | None
    next: int | None


def place_in_queue(profile: SyncProfile, user: User) -> QueuePlace:
    waiting = SyncProfile.objects.in_queue_order().filter(state__in=SyncProfile.WITH_BEANWORKS)
    rows = list(waiting.values_list("pk", "claimed_by", "requested_by"))
    pks = [pk for pk, _claimed_by, _requested_by in rows]
    if profile.pk not in pks:
        decidable = [pk for pk, claimed_by, by in rows if claimed_by in (None, user.pk) and by != user.pk]
        return QueuePlace(0, len(pks), None, next(iter(decidable), None))

    place = pks.index(profile.pk)
    previous = pks[place - 1] if place else None
    following = pks[place + 1] if place + 1 < len(pks) else None
    return QueuePlace(place + 1, len(pks), previous, following)
