from allauth.account.utils import user_pk_to_url_str
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.password_reset import ResetTokens
from core.links import absolute


def password_reset_request(*, email: str) -> None:
    """Email a link to the active user with this address, and nothing to anybody else.

    The link is made for any address, so that the time it takes does not tell who has an account. Sending it takes some
    milliseconds more; too few to be measured in the few tries that `accounts.limits` allows for an address.
    """
    known = User.objects.filter(email=email, is_active=True).first()
    user = known or User(pk=0, email=email, language=get_language() or "en")

    with translation.override(user.language):
        subject = _("Choose a new password for Beanworks Connect")
        text = render_to_string("account/email/password_reset.txt", {"user": user, "link": _link(user)})
    if known:
        send_mail(subject, text, None, [known.email])


def _link(user: User) -> str:
    key = {"uidb36": user_pk_to_url_str(user), "key": ResetTokens().make_token(user)}
    return absolute(reverse("account_reset_password_from_key", kwargs=key))
