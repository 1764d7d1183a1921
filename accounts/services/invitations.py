"""Invitations. Anyone who has the link can accept it, so its token is emailed once and only its hash is stored."""

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.emails import account_email_send
from accounts.models import Customer, Invitation, RoleAssignment, User
from accounts.rate_limits import use_limit
from accounts.services.customers import customer_lock, refuse_removed, refuse_suspended
from accounts.services.users import refuse_administrator_below_root
from audit.services import event_record
from core.emails import Frame
from core.errors import Refused
from core.isolated_text import Sentence
from core.text import mailbox_of
from core.tokens import LinkToken

VALID = timedelta(days=14)
REASON = gettext_lazy("You get this email because a user of Beanworks Connect invited you.")


@transaction.atomic
def invitation_send(*, actor: User, email: str, limit: str = "invitations_by_user", **fields: Any) -> Invitation:
    """Create an invitation and email its link. `limit`: the name of what limits the actor: see `accounts.rate_limits`.

    No one else gets the link: a user who accepts has shown that they read the mailbox.
    """
    invitation, token = invitation_create(actor=actor, email=email, **fields)
    _send_email(invitation, token, actor, limit)
    return invitation


@transaction.atomic
def invitation_create(*, actor: User | None, email: str, **fields: Any) -> tuple[Invitation, LinkToken]:
    """Create an invitation. Returns it and its token.

    `fields`: name, language, and kind, or customer, home_org_unit and roles. An address whose user the actor cannot see
    is invited like any other: its reader learns by email what to do, and the actor does not learn that it has an
    account.
    """
    customer: Customer | None = fields.get("customer")
    if customer:
        customer_lock(customer.pk)  # its org units, and so the home of the new user, stay while we write
        refuse_removed(fields["home_org_unit"])
        refuse_administrator_below_root(fields["home_org_unit"], fields.get("roles", ()))
    account = User.objects.filter(email=email).first()
    if account and _is_visible(account, actor, customer):
        raise Refused(Sentence(_("%(email)s already has an account."), {"email": email}))
    now = timezone.now()
    earlier = Invitation.objects.open().filter(email=email, customer=customer)
    earlier.exclude(pk__in=Invitation.objects.usable()).update(revoked_at=now)
    token = LinkToken.create()
    try:
        with transaction.atomic():
            invitation = Invitation.objects.create(
                email=email, token_hash=token.hash, invited_by=actor, expires_at=now + VALID, **fields
            )
    except IntegrityError:
        raise Refused(
            Sentence(_("%(email)s is already invited, and the invitation is still valid."), {"email": email})
        ) from None
    _record("invitation.sent", invitation, actor, roles=invitation.roles)
    return invitation, token


@transaction.atomic
def invitation_renew(*, invitation: Invitation, actor: User) -> None:
    """Email a new link, valid for 14 more days. The previous link stops working.

    If the inviter may no longer invite, the actor becomes the inviter. Otherwise the inviter stays: that user must
    never decide a request of the invited user.
    """
    invitation = _lock_open(invitation)
    token = LinkToken.create()
    invitation.token_hash = token.hash
    invitation.expires_at = timezone.now() + VALID
    invitation.save(update_fields=["token_hash", "expires_at"])
    is_taken_over = not Invitation.objects.usable().filter(pk=invitation.pk).exists()
    if is_taken_over:
        invitation.invited_by = actor
        invitation.save(update_fields=["invited_by"])
    _record("invitation.taken_over" if is_taken_over else "invitation.renewed", invitation, actor)
    _send_email(invitation, token, actor)


@transaction.atomic
def invitation_correct(*, invitation: Invitation, actor: User, **fields: Any) -> Invitation:
    """Replace an invitation by one with these fields, such as another address, and email its link.

    The previous link stops working. The actor becomes the inviter if they chose who gets the link. Otherwise the
    inviter stays, as in `invitation_renew`.
    """
    may_stay = Invitation.objects.of_inviters().filter(pk=invitation.pk, email=fields["email"]).exists()
    inviter = invitation.invited_by if may_stay else actor
    invitation_revoke(invitation=invitation, actor=actor)
    corrected = invitation_send(actor=actor, customer=invitation.customer, **fields)
    Invitation.objects.filter(pk=corrected.pk).update(invited_by=inviter)
    return corrected


@transaction.atomic
def invitation_revoke(*, invitation: Invitation, actor: User | None) -> None:
    invitation = _lock_open(invitation)
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    _record("invitation.revoked", invitation, actor)


@transaction.atomic
def invitation_accept(*, invitation: Invitation, name: str, password: str) -> User:
    invitation = _lock_open(invitation)
    if not Invitation.objects.usable().filter(pk=invitation.pk).exists():
        raise Refused(_("The user who invited you can no longer invite others. Ask for a new invitation."))
    user = User(
        email=invitation.email,
        name=name,
        kind=invitation.kind,
        customer=invitation.customer,
        home_org_unit=invitation.home_org_unit,
        language=invitation.language,
        invited_by=invitation.invited_by,
    )
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:  # another customer's invitation of the same address was accepted first
        raise Refused(
            _("Your email address already has an account. An address can belong to one customer only.")
        ) from None
    RoleAssignment.objects.bulk_create(RoleAssignment(user=user, role=role) for role in invitation.roles)
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    _record("invitation.accepted", invitation, user)
    return user


def _is_visible(account: User, actor: User | None, customer: Customer | None) -> bool:
    """Whether the inviter may know of the account: support knows all, other users those of their own company."""
    return actor is None or actor.is_support or account.customer_id == getattr(customer, "pk", None)


def _send_email(invitation: Invitation, token: LinkToken, actor: User, limit: str = "invitations_by_user") -> None:
    """Email the link in the language chosen for the invited person.

    If the address has an account, email its owner why there is no link.
    """
    refuse_suspended(invitation.customer_id)
    use_limit("invitation_to_address", invitation.customer_id, mailbox_of(invitation.email))
    use_limit(limit, actor.pk)

    account = User.objects.filter(email=invitation.email).first()
    if account and not account.is_active:
        return
    slug, link = "invitation", reverse("accounts:open_invitation", args=[token.reveal()])
    if account:
        slug, link = "invitation_of_account", ""
    frame = Frame(REASON, gettext_lazy("Choose a password"), link, name=invitation.name)
    with translation.override(account.language if account else invitation.language):
        account_email_send(slug, {"invitation": invitation, "by": actor}, frame, to=invitation.email)


def _lock_open(invitation: Invitation) -> Invitation:
    """Lock an open invitation. The second of two simultaneous acts finds it closed and is refused."""
    current = Invitation.objects.open().select_for_update().filter(pk=invitation.pk).first()
    if current is None or current.token_hash != invitation.token_hash:
        raise Refused(_("This invitation has just been accepted, renewed or canceled."))
    return current


def _record(action: str, invitation: Invitation, actor: User | None, **metadata: Any) -> None:
    event_record(
        action=action,
        actor=actor,
        target=invitation,
        customer_id=invitation.customer_id,
        email=invitation.email,
        **metadata,
    )
