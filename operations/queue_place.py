"""Where a request stands in the queue, for the links to the previous and the next one."""

from dataclasses import dataclass

from wizard.models import SyncProfile


@dataclass(frozen=True)
class QueuePlace:
    """`number` counts the requests that wait for Beanworks from 1, as the link to the queue does; 0 for another one.

    After a decided request, the queue starts again. After the last one, there is no next: the others wait for the
    customer.
    """

    number: int
    total: int
    previous: int | None
    next: int | None


def place_in_queue(profile: SyncProfile) -> QueuePlace:
    states = dict(SyncProfile.objects.in_queue_order().values_list("pk", "state"))
    ours = sum(state in SyncProfile.WITH_BEANWORKS for state in states.values())
    pks = [*states]
    number = pks.index(profile.pk) + 1 if profile.pk in states else 0
    previous = pks[number - 2] if number > 1 else None
    last = ours if number <= ours else len(pks)
    following = pks[number] if number < last else None
    return QueuePlace(number if number <= ours else 0, ours, previous, following)
