"""What an administrator decides about records that were held, and from when on records are."""

from django.db import transaction

from accounts.models import User
from audit.services import event_record
from smartsync.deletions import close_hold, guard_percent, mark_held
from smartsync.models import Hold, SyncRun
from wizard.models import SyncProfile


@transaction.atomic
def hold_confirm(*, hold: Hold, actor: User) -> None:
    """They were deleted: mark those that are still missing. Confirming twice changes nothing more."""
    if undecided := _locked(hold):
        marked = mark_held(undecided)
        close_hold(undecided, Hold.Decision.CONFIRMED, actor, marked=marked)


@transaction.atomic
def hold_reject(*, hold: Hold, actor: User) -> None:
    """They were not: keep them. The next full run asks again if it still finds too many."""
    if undecided := _locked(hold):
        close_hold(undecided, Hold.Decision.REJECTED, actor)


@transaction.atomic
def guard_change(*, profile: SyncProfile, percent: int | None, actor: User) -> None:
    """`percent` None: what the deployment has set."""
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


def _locked(hold: Hold) -> Hold | None:
    # A worker writes the same records while it holds the run: it waits here, or this waits for its page.
    bool(SyncRun.objects.active().filter(profile=hold.profile_id).select_for_update())
    undecided = Hold.objects.undecided().select_for_update(of=("self",)).select_related("profile__connection")
    return undecided.filter(pk=hold.pk).first()
