from allauth.account.utils import user_pk_to_url_str
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.password_reset import ResetTokens
from core.links import absolute_url


def password_reset_request(*, email: str) -> None:
    """Email a link to the active user with this address, and nothing to any other address.

    The link is made for every address, so that the response time does not reveal who has an account. Sending takes a
    few milliseconds more. That is too short to measure in the few tries that `accounts.rate_limits` allows for an
    address.
    """
    account = User.objects.filter(email=email, is_active=True).first()
    user = account or User(pk=0, email=email, language=get_language() or "en")

    with translation.override(user.language):
        subject = _("Choose a new password for Beanworks Connect")
        text = render_to_string("account/email/password_reset.txt", {"user": user, "link": _link(user)})
    if account:
        send_mail(subject, text, None, [account.email])


def _link(user: User) -> str:
    key = {"uidb36": user_pk_to_url_str(user), "key": ResetTokens().make_token(user)}
    return absolute_url(reverse("account_reset_password_from_key", kwargs=key))
