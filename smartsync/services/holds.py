"""An administrator's decisions about held records, and the share of a list from which records are held."""

from django.db import transaction

from accounts.models import User
from audit.services import event_record
from smartsync.engine.deletions import close_hold, guard_percent, mark_held
from smartsync.models import Hold, SyncRun
from wizard.models import SyncProfile


@transaction.atomic
def hold_confirm(*, hold: Hold, actor: User) -> None:
    """Mark the held records that are still missing or inactive. A second confirmation changes nothing."""
    if undecided := _lock_undecided(hold):
        marked = mark_held(undecided)
        close_hold(undecided, Hold.Decision.CONFIRMED, actor, marked=marked)


@transaction.atomic
def hold_reject(*, hold: Hold, actor: User) -> None:
    """Leave the held records unchanged. The next full run asks again if it still finds too many."""
    if undecided := _lock_undecided(hold):
        close_hold(undecided, Hold.Decision.REJECTED, actor)


@transaction.atomic
def guard_change(*, profile: SyncProfile, percent: int | None, actor: User) -> None:
    """Change the profile's percentage. None means the deployment's setting."""
    before = profile.deletion_guard_percent
    if before == percent:
        return
    profile.deletion_guard_percent = percent
    profile.save(update_fields=["deletion_guard_percent"])
    event_record(
        action="profile.guard_changed",
        actor=actor,
        target=profile,
        customer_id=profile.connection.customer_id,
        before=before,
        percent=guard_percent(profile),
    )


def _lock_undecided(hold: Hold) -> Hold | None:
    # A worker that writes the same records locks the run first. So one of the two waits until the other has finished.
    bool(SyncRun.objects.active().filter(profile=hold.profile_id).select_for_update())
    undecided = Hold.objects.undecided().select_for_update(of=("self",)).select_related("profile__connection")
    return undecided.filter(pk=hold.pk).first()
