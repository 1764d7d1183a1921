"""The registries of kinds of email and of notification.

Every app lists its kinds in its module `email_kinds` and registers them when Django starts (`AppConfig.ready`). The
words of each email are in templates/mail/<slug>.txt: see `core.emails`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.text import Words


@dataclass(frozen=True)
class EmailKind:
    """One kind of email.

    `reason`: why its reader gets it. `action`: the text of its button. `fits`: which users can choose whether they get
    it; by default none. `always`: it is always sent. `secret`: the text is deleted once the email was sent, because
    its link lets its reader act, or it names many customers. `internal`: to an address of Beanworks that is no user's.
    """

    slug: str
    title: Words
    reason: Words = ""
    action: Words = ""
    fits: Callable[[User], bool] = lambda user: False
    always: bool = False
    secret: bool = False
    internal: bool = False


@dataclass(frozen=True)
class NotificationKind:
    """One kind of notification: a line in the list of a signed-in user.

    `tone`: as of badges. `sentence`: its text, filled with facts. Without it, the kind is that of an email with the
    same slug: sending the email notifies its reader too, and the text is its subject.
    """

    slug: str
    tone: str
    sentence: Words = ""


# What allauth and Django send, such as a link to choose a new password.
ACCOUNT = EmailKind("account", _("About your sign-in"), always=True, secret=True)
EMAIL_KINDS: dict[str, EmailKind] = {}
NOTIFICATION_KINDS: dict[str, NotificationKind] = {}


def register_email_kinds(kinds: Iterable[EmailKind]) -> None:
    EMAIL_KINDS.update({kind.slug: kind for kind in kinds})


def register_notification_kinds(kinds: Iterable[NotificationKind]) -> None:
    NOTIFICATION_KINDS.update({kind.slug: kind for kind in kinds})


def choosable_kinds(user: User) -> list[EmailKind]:
    """Return the kinds that this user can turn off."""
    return [kind for kind in EMAIL_KINDS.values() if kind.fits(user)]
