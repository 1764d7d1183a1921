"""What a user can do next for a profile: the one button of its newest run's page and of its own page."""

from collections.abc import Iterable
from typing import NamedTuple

from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from smartsync.models import SyncRun
from smartsync.services import rules_for
from wizard.access import may_act as may_connect
from wizard.models import Connection, SyncProfile
from wizard.services import block_words, is_test_bill_next
from wizard.stages import SIGN_IN_STAGE


class NextAction(NamedTuple):
    """`kind`: the sync that the button starts. Without it, the button is a link. Without `url`, there is none.

    instead: what the user can do now if they skip this action.
    """

    text: str
    label: str = ""
    url: str = ""
    kind: str = ""
    instead: "NextAction | None" = None


def next_action(run: SyncRun, user: User) -> NextAction | None:
    """What to do after the newest run of a profile, or None if everything runs by itself."""
    profile = run.profile
    if profile.connection.disconnected_at or (profile.is_synced and profile.connection.sign_in_block):
        return reconnect(profile, user)
    if not profile.is_synced:
        return None
    start = resolve_url("smartsync:start", profile.pk)
    if run.result != SyncRun.Result.COMPLETE:
        return NextAction("", _("Sync again"), start, run.kind)
    if not rules_for(profile).met:
        words = _("A partial sync reads only what changed. After one partial sync, you can set a schedule.")
        partial = NextAction(words, _("Run a partial sync now"), start, SyncRun.Kind.PARTIAL)
        return _send_test_bill(profile, partial) if may_connect(user) and is_test_bill_next(profile) else partial
    if not profile.schedules.exists():
        words = _("With a schedule, partial syncs start automatically on the days and times you choose.")
        return NextAction(words, _("Set a schedule"), resolve_url("smartsync:schedules", profile.pk))
    return None


def _send_test_bill(profile: SyncProfile, instead: NextAction) -> NextAction:
    words = _("Your lists are in Beanworks. A test bill also verifies that bills reach Intacct, with their link.")
    url = f"{resolve_url('wizard:test_bill', profile.connection_id)}?profile={profile.pk}"
    return NextAction(words, _("Send a test bill"), url, instead=instead)


def reconnect(profile: SyncProfile, user: User) -> NextAction:
    if not may_connect(user):
        return NextAction(_("A System Administrator of your company can reconnect Sage Intacct."))
    return NextAction("", _("Reconnect"), resolve_url("wizard:stage", profile.connection_id, SIGN_IN_STAGE.slug))


class BlockedSignIn(NamedTuple):
    """A connection that nothing signs in to, why, and where the user can change that; no `url` if they cannot."""

    connection: Connection
    words: str
    url: str


def blocked_sign_ins(profiles: Iterable[SyncProfile], user: User) -> list[BlockedSignIn]:
    """Return each connection of these profiles that is blocked, once."""
    blocked = {profile.connection: profile for profile in profiles if profile.connection.sign_in_block}
    return [
        BlockedSignIn(connection, block_words(connection, connection.sign_in_block), reconnect(profile, user).url)
        for connection, profile in blocked.items()
    ]


def stopped_words(profile: SyncProfile) -> str:
    """Why the profile is not synced and what becomes of its lists; empty while it is synced or not approved yet."""
    words = _reason(profile)
    if words and (day := profile.lists_kept_until):
        until = _("Its lists can be read until %(day)s, but are no longer kept in sync.")
        words = f"{words} {until % {'day': date_format(timezone.localtime(day))}}"
    elif words and profile.lists_removed_at:
        words = f"{words} {_('Its lists were removed.')}"
    return words


def _reason(profile: SyncProfile) -> str:
    if profile.state == SyncProfile.State.REVOKED:
        return _("This API Sync Profile was ended.")
    if profile.state == SyncProfile.State.REPLACED:
        return _("This API Sync Profile was replaced by one for another level.")
    return _("Sage Intacct is disconnected.") if profile.connection.disconnected_at else ""
