"""Handing steps to the person who administers Intacct. Tokens leave here once, and are never written down."""

from collections.abc import Sequence
from secrets import token_urlsafe

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.limits import use_limit
from accounts.models import User
from core.text import mailbox_of
from intacct.secret import Secret
from wizard.models import Connection, Handover
from wizard.models.handover import LIFE, token_hashed
from wizard.services.recording import record
from wizard.services.refused import Refused
from wizard.services.telling import handed


@transaction.atomic
def handover_make(
    *, connection: Connection, actor: User, stages: Sequence[str], name: str, email: str, note: str
) -> tuple[Handover, Secret]:
    """The handover and its link's token. Whoever has one of this connection already gets a new link for it."""
    Connection.objects.select_for_update().get(pk=connection.pk)
    _limit_emails(connection, email, actor)
    token = Secret(token_urlsafe(32))
    handover, _is_new = Handover.objects.update_or_create(
        connection=connection,
        email=email,
        revoked_at=None,
        defaults={"stages": list(stages), "name": name, "note": note, **_fresh(token, actor)},
    )
    record("handover.made", connection, actor, handover=handover.pk, stages=list(stages), guest=name)
    handed(handover, token)
    return handover, token


@transaction.atomic
def handover_renew(*, handover: Handover, actor: User) -> Secret:
    """A new link with a life of its own; the one before, and what was opened by it, ends."""
    held = Handover.objects.select_for_update().get(pk=handover.pk)
    if held.revoked_at:
        raise Refused(_("This handover was ended. Make a new one."))
    _limit_emails(held.connection, held.email, actor)
    token = Secret(token_urlsafe(32))
    Handover.objects.filter(pk=held.pk).update(**_fresh(token, actor))
    record("handover.renewed", held.connection, actor, handover=held.pk, guest=held.name)
    handed(Handover.objects.get(pk=held.pk), token)
    return token


@transaction.atomic
def handover_take_over(*, handover: Handover, actor: User) -> None:
    """Answer for it from now on. Its link and what was opened by it go on, or work again."""
    open_to_others = Handover.objects.filter(pk=handover.pk, revoked_at=None).exclude(made_by=actor)
    if open_to_others.update(made_by=actor, taken_over_at=timezone.now()):
        record("handover.taken_over", handover.connection, actor, handover=handover.pk, guest=handover.name)


@transaction.atomic
def handover_revoke(*, handover: Handover, actor: User) -> None:
    if Handover.objects.filter(pk=handover.pk, revoked_at=None).update(revoked_at=timezone.now()):
        record("handover.revoked", handover.connection, actor, handover=handover.pk, guest=handover.name)


@transaction.atomic
def handover_open(*, token_hash: str) -> Handover | None:
    """Whose link this is, if it still opens: of all who try, one at most."""
    handover = Handover.objects.by_link(token_hash)
    if handover is None:
        return None
    unopened = Handover.objects.standing().filter(token_hash=token_hash, opened_at=None)
    if not unopened.update(opened_at=timezone.now(), last_seen_at=timezone.now()):
        return None
    record("handover.opened", handover.connection, handover.guest, handover=handover.pk)
    return handover


def _limit_emails(connection: Connection, email: str, actor: User) -> None:
    use_limit("handover_to_address", connection.customer_id, mailbox_of(email))
    use_limit("handovers_by_user", actor.pk)


def _fresh(token: Secret, actor: User) -> dict[str, object]:
    return {
        "token_hash": token_hashed(token.reveal()),
        "expires_at": timezone.now() + LIFE,
        "opened_at": None,
        "made_by": actor,
        "taken_over_at": None,
    }
