from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.emails import account_email_send
from accounts.models import User
from accounts.password_reset import ResetTokens
from core.emails import Frame

REASON = _("You get this email because someone asked for a new password for your account.")


def password_reset_request(*, email: str) -> None:
    """Email a link to the active user with this address, and nothing to any other address.

    The link is made for every address, so that the response time does not reveal who has an account. Sending takes a
    few milliseconds more. That is too short to measure in the few tries that `accounts.rate_limits` allows for an
    address.
    """
    account = User.objects.filter(email=email, is_active=True).first()
    user = account or User(pk=0, email=email, language=get_language() or "en")

    frame = Frame(REASON, _("Choose a new password"), _link(user), name=user.name)
    if account:
        with translation.override(user.language):
            account_email_send("password_reset", {}, frame, to=user.email)


def _link(user: User) -> str:
    key = {"uidb36": user_pk_to_url_str(user), "key": ResetTokens().make_token(user)}
    return reverse("account_reset_password_from_key", kwargs=key)
