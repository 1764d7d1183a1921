"""What a profile takes over from the one that it replaced."""

from smartsync.models import Schedule
from wizard.models import SyncProfile


def schedules_carry_over(profile: SyncProfile) -> None:
    """Move the schedules of the replaced profile, except those that this one has itself, in the caller's transaction.

    Done when the first full sync is complete: earlier, every scheduled sync would be missed.
    """
    own = {_times(schedule) for schedule in profile.schedules.all()}
    for schedule in Schedule.objects.filter(profile=profile.replaces_id):
        if _times(schedule) not in own:
            Schedule.objects.filter(pk=schedule.pk).update(profile=profile)


def _times(schedule: Schedule) -> tuple[object, ...]:
    return tuple(schedule.days), schedule.at, schedule.time_zone
