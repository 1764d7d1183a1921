"""Invitations. Whoever has the link may accept: its token is told once, and only its hash is kept."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Invitation, RoleAssignment, User
from accounts.services.refused import Refused
from audit.services import event_record

VALID = timedelta(days=14)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invitation_create(*, actor: User | None, email: str, **fields: Any) -> tuple[Invitation, str]:
    """The invitation and its token. `fields`: name, language, and kind, or customer, home_org_unit and roles."""
    email = email.lower()
    if User.objects.filter(email=email).exists():
        raise Refused(_("%(email)s can sign in already.") % {"email": email})
    now = timezone.now()
    Invitation.objects.open().filter(email=email, expires_at__lte=now).update(revoked_at=now)
    token = secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            invitation = Invitation.objects.create(
                email=email, token_hash=token_hash(token), invited_by=actor, expires_at=now + VALID, **fields
            )
    except IntegrityError:
        raise Refused(_("%(email)s is invited already; the invitation still works.") % {"email": email}) from None
    _record("invitation.sent", invitation, actor, roles=invitation.roles)
    return invitation, token


@transaction.atomic
def invitation_renew(*, invitation: Invitation, actor: User) -> str:
    """A new link, for another fortnight; the one before it stops working."""
    invitation = _locked(invitation)
    token = secrets.token_urlsafe(32)
    invitation.token_hash, invitation.expires_at = token_hash(token), timezone.now() + VALID
    invitation.save(update_fields=["token_hash", "expires_at"])
    _record("invitation.renewed", invitation, actor)
    return token


@transaction.atomic
def invitation_revoke(*, invitation: Invitation, actor: User) -> None:
    invitation = _locked(invitation)
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    _record("invitation.revoked", invitation, actor)


@transaction.atomic
def invitation_accept(*, invitation: Invitation, name: str, password: str) -> User:
    invitation = _locked(invitation)
    user = User(
        email=invitation.email,
        name=name,
        kind=invitation.kind,
        customer=invitation.customer,
        home_org_unit=invitation.home_org_unit,
        language=invitation.language,
    )
    user.set_password(password)
    user.save()
    RoleAssignment.objects.bulk_create(RoleAssignment(user=user, role=role) for role in invitation.roles)
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    _record("invitation.accepted", invitation, user)
    return user


def invitation_mail(*, invitation: Invitation, link: str) -> None:
    """Send the link to whom it is for, in their language."""
    with translation.override(invitation.language):
        text = render_to_string("accounts/invitation_mail.txt", {"invitation": invitation, "link": link})
        send_mail(_("You are invited to Beanworks Connect"), text, None, [invitation.email])


def _locked(invitation: Invitation) -> Invitation:
    """Of two acts on one invitation at once, the second finds it closed."""
    found = Invitation.objects.open().select_for_update().filter(pk=invitation.pk).first()
    if found is None or found.token_hash != invitation.token_hash:
        raise Refused(_("This invitation was accepted, renewed or taken back meanwhile."))
    return found


def _record(action: str, invitation: Invitation, actor: User | None, **metadata: Any) -> None:
    event_record(
        action=action,
        actor=actor,
        target=invitation,
        customer_id=invitation.customer_id,
        email=invitation.email,
        **metadata,
    )
