"""Handovers of steps to an Intacct administrator. A token is returned once; only its hash is stored."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.rate_limits import use_limit
from core.errors import Refused
from core.text import mailbox_of
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
        defaults={"stages": list(stages), "name": name, "note": note, **_new_link_fields(token, actor)},
    )
    record("handover.created", connection, actor, handover=handover.pk, stages=list(stages), guest=name)
    send_handover_link(handover, token)
    return handover, token


@transaction.atomic
def handover_renew(*, handover: Handover, actor: User) -> LinkToken:
    """Create a new link with a new expiry. The previous link stops working, and so do pages opened with it."""
    locked = Handover.objects.select_for_update().get(pk=handover.pk)
    if locked.revoked_at:
        raise Refused(_("This handover was revoked. Create a new one."))
    _limit_emails(locked.connection, locked.email, actor)
    token = LinkToken.create()
    Handover.objects.filter(pk=locked.pk).update(**_new_link_fields(token, actor))
    record("handover.renewed", locked.connection, actor, handover=locked.pk, guest=locked.name)
    send_handover_link(Handover.objects.get(pk=locked.pk), token)
    return token


@transaction.atomic
def handover_take_over(*, handover: Handover, actor: User) -> None:
    """Make `actor` responsible for the handover. Its link and opened pages keep working, or work again."""
    not_revoked = Handover.objects.filter(pk=handover.pk, revoked_at=None).exclude(created_by=actor)
    if not_revoked.update(created_by=actor, taken_over_at=timezone.now()):
        record("handover.taken_over", handover.connection, actor, handover=handover.pk, guest=handover.name)


@transaction.atomic
def handover_revoke(*, handover: Handover, actor: User) -> None:
    if Handover.objects.filter(pk=handover.pk, revoked_at=None).update(revoked_at=timezone.now()):
        record("handover.revoked", handover.connection, actor, handover=handover.pk, guest=handover.name)


@transaction.atomic
def handover_open(*, token_hash: str) -> Handover | None:
    """Open the link and return its handover, or None if it does not work. Of several requests, at most one succeeds."""
    handover = Handover.objects.by_link(token_hash)
    if handover is None:
        return None
    unopened = Handover.objects.usable().filter(token_hash=token_hash, opened_at=None)
    if not unopened.update(opened_at=timezone.now(), last_seen_at=timezone.now()):
        return None
    record("handover.opened", handover.connection, handover.guest, handover=handover.pk)
    return handover


def _limit_emails(connection: Connection, email: str, actor: User) -> None:
    use_limit("handover_to_address", connection.customer_id, mailbox_of(email))
    use_limit("handovers_by_user", actor.pk)


def _new_link_fields(token: LinkToken, actor: User) -> dict[str, object]:
    return {
        "token_hash": token.hash,
        "expires_at": timezone.now() + VALID_FOR,
        "opened_at": None,
        "created_by": actor,
        "taken_over_at": None,
    }
