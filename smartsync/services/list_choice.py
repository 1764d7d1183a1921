"""An administrator's choice of the lists that a profile syncs."""

from collections.abc import Collection
from contextlib import suppress

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import event_record
from core.errors import Refused
from core.fields import max_length_of
from core.isolated_text import Sentence
from intacct.catalogue import LIST, LISTS, RecordList
from smartsync.models import ListRun
from wizard.models import SyncProfile
from wizard.services import verification_request

LONGEST_SLUG = max_length_of(ListRun, "slug")


def choosable_lists(profile: SyncProfile) -> list[RecordList]:
    """The lists of the catalogue, and those of the user-defined dimensions that Intacct reported."""
    dimensions = profile.connection.dimension_lists
    return [*LISTS, *(dimension for dimension in dimensions if len(dimension.slug) <= LONGEST_SLUG)]


@transaction.atomic
def lists_choose(
    *, profile: SyncProfile, unused: Collection[str], actor: User | None, shown: Collection[str] | None = None
) -> SyncProfile:
    """Save which lists the profile does not sync, by their slugs. Returns the profile as it is now.

    shown: those that were unused when the user saw them. Refused if another user has changed them since.
    Records of these lists stay as they are. A run that has planned its lists goes on as it was planned.
    """
    profile = SyncProfile.objects.select_for_update(of=("self",)).select_related("connection").get(pk=profile.pk)
    before, after = set(profile.unused_lists), set(unused)
    if shown is not None and before != set(shown) and before != after:
        raise Refused(
            _(
                "Another user has changed the lists in use since you opened this page. Your choice is below and not "
                "saved yet. Save again to replace theirs."
            )
        )
    _refuse_bad_choice(profile, after)
    if before == after:
        return profile
    profile.unused_lists = sorted(after)
    profile.save(update_fields=["unused_lists"])
    event_record(
        action="profile.lists_chosen",
        actor=actor,
        target=profile,
        customer_id=profile.connection.customer_id,
        on=sorted(before - after),
        off=sorted(after - before),
    )
    # The permissions that are needed have changed. If nothing can be asked now, the next sync verifies them.
    with suppress(Refused):
        verification_request(connection=profile.connection, actor=None)
    return profile


def _refuse_bad_choice(profile: SyncProfile, unused: set[str]) -> None:
    if profile.state not in SyncProfile.OPEN:
        raise Refused(_("This API Sync Profile is no longer open, so its lists cannot be changed."))
    # A dimension that Intacct no longer reports stays as it was.
    known = {*(record_list.slug for record_list in choosable_lists(profile)), *profile.unused_lists}
    if unknown := sorted(unused - known):
        raise Refused(Sentence(_("There is no list %(list)s."), {"list": unknown[0]}))
    if unused >= LIST.keys():
        raise Refused(_("Use at least one list. A sync cannot consist of user-defined dimensions only."))
