"""The links that turn off one kind of email for its reader, without signing in. Each email has its own in its footer.

They never expire, because emails are kept for years, and turning off notifications harms no one.
"""

from django.core.signing import BadSignature, Signer
from django.urls import reverse

from accounts.models import User
from mail.kinds import EMAIL_KINDS, EmailKind

SALT = "mail.opt_out_links"


def opt_out_path(user: User, kind: EmailKind) -> str:
    """Return the path of the link, or "" if this kind is always sent."""
    return "" if kind.always else reverse("mail:turn_off", args=[_signer().sign(f"{user.pk}.{kind.slug}")])


def reader_and_kind(token: str) -> tuple[User, EmailKind] | None:
    """Return whom and which kind a link is for; None if it is not one of ours, or if there is nothing to turn off."""
    try:
        user_pk, _, slug = _signer().unsign(token).partition(".")
    except BadSignature:
        return None
    user, kind = User.objects.filter(pk=user_pk, is_active=True).first(), EMAIL_KINDS.get(slug)
    return (user, kind) if user and kind and not kind.always else None


def _signer() -> Signer:
    return Signer(salt=SALT)
