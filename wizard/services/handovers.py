"""Handovers of steps to an Intacct administrator. A token is returned once; only its hash is stored."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.rate_limits import use_limit
from core.errors import Refused
from core.isolated_text import Sentence
from core.text import mailbox_of, storable
from core.tokens import LinkToken
from wizard.models import Connection, Handover
from wizard.models.handover import VALID_FOR
from wizard.services.events import record
from wizard.services.notifications import send_handover_link


@transaction.atomic
def handover_make(
    *, connection: Connection, actor: User, stages: Sequence[str], name: str, email: str, note: str
) -> tuple[Handover, LinkToken]:
    """Create a handover and return it with its link's token. A guest who already has one gets a new link for it."""
    Connection.objects.select_for_update().get(pk=connection.pk)
    _limit_emails(connection, email, actor)
    token = LinkToken.create()
    handover, _is_new = Handover.objects.update_or_create(
        connection=connection,
        email=email,
        revoked_at=None,
        defaults={"stages": list(stages), "name": name, "note": note, **_link_fields(token), **_term_fields(actor)},
    )
    record("handover.created", connection, actor, handover=handover.pk, stages=list(stages), guest=name)
    send_handover_link(handover, token)
    return handover, token


@transaction.atomic
def handover_renew(*, handover: Handover, actor: User) -> LinkToken:
    """Create a new link with a new expiry. The previous link stops working, and so do pages opened with it."""
    locked = _lock_not_revoked(handover)
    _limit_emails(locked.connection, locked.email, actor)
    token = _replace_link(locked, **_term_fields(actor))
    record("handover.renewed", locked.connection, actor, handover=locked.pk, guest=locked.name)
    return token


@transaction.atomic
def handover_correct_address(*, handover: Handover, actor: User, email: str) -> LinkToken:
    """Send a new link to another address of the guest. The link that was sent to the wrong address stops working."""
    locked = _lock_not_revoked(handover)
    others = Handover.objects.filter(connection=locked.connection_id, email=email, revoked_at=None)
    if others.exclude(pk=locked.pk).exists():
        raise Refused(Sentence(_("%(email)s already has a handover of this connection."), {"email": email}))
    _limit_emails(locked.connection, email, actor)
    token = _replace_link(locked, email=email, **_term_fields(actor))
    record("handover.address_corrected", locked.connection, actor, handover=locked.pk, guest=locked.name)
    return token


@transaction.atomic
def handover_move(*, handover: Handover) -> None:
    """Email the guest a new link for another device. It expires when the previous one would have.

    Anyone with the link can ask for this, but only the guest's mailbox gets the new link.
    """
    locked = _lock_not_revoked(handover)
    use_limit("handover_to_address", locked.connection.customer_id, mailbox_of(locked.email))
    _replace_link(locked)
    record("handover.moved", locked.connection, locked.guest)


@transaction.atomic
def handover_take_over(*, handover: Handover, actor: User) -> None:
    """Make `actor` responsible for the handover. Its link and opened pages keep working, or work again."""
    not_revoked = Handover.objects.filter(pk=handover.pk, revoked_at=None).exclude(created_by=actor)
    if not_revoked.update(created_by=actor, taken_over_at=timezone.now()):
        record("handover.taken_over", handover.connection, actor, handover=handover.pk, guest=handover.name)


@transaction.atomic
def handover_revoke(*, handover: Handover, actor: User | None) -> None:
    if Handover.objects.filter(pk=handover.pk, revoked_at=None).update(revoked_at=timezone.now()):
        record("handover.revoked", handover.connection, actor, handover=handover.pk, guest=handover.name)


@transaction.atomic
def handover_open(*, token_hash: str, user_agent: str = "") -> Handover | None:
    """Open the link and return its handover, or None if it does not work. Of several requests, at most one succeeds."""
    handover = Handover.objects.by_link(token_hash)
    if handover is None:
        return None
    unopened = Handover.objects.usable().filter(token_hash=token_hash, opened_at=None)
    now = timezone.now()
    if not unopened.update(opened_at=now, last_seen_at=now, opened_with=storable(user_agent)[:300]):
        return None
    record("handover.opened", handover.connection, handover.guest, handover=handover.pk)
    return handover


def _lock_not_revoked(handover: Handover) -> Handover:
    locked = Handover.objects.select_for_update().get(pk=handover.pk)
    if locked.revoked_at:
        raise Refused(_("This handover was revoked. Create a new one."))
    return locked


def _replace_link(handover: Handover, **fields: Any) -> LinkToken:
    token = LinkToken.create()
    Handover.objects.filter(pk=handover.pk).update(**_link_fields(token), **fields)
    handover.refresh_from_db()
    send_handover_link(handover, token)
    return token


def _limit_emails(connection: Connection, email: str, actor: User) -> None:
    use_limit("handover_to_address", connection.customer_id, mailbox_of(email))
    use_limit("handovers_by_user", actor.pk)


def _link_fields(token: LinkToken) -> dict[str, Any]:
    return {"token_hash": token.hash, "opened_at": None}


def _term_fields(actor: User) -> dict[str, Any]:
    return {"expires_at": timezone.now() + VALID_FOR, "created_by": actor, "taken_over_at": None, "reminded_at": None}
