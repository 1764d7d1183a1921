"""Every kind of email. The words of each are in templates/mail/<slug>.txt: first the subject, then the text."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User

Words = str | Promise


@dataclass(frozen=True)
class Kind:
    """One kind of email.

    `action`: the text of its link. `fits`: which users can choose whether they get it; by default none. `always`: it is
    always sent. `secret`: the link lets its reader act, so the text is deleted once the email was sent.
    """

    slug: str
    title: Words
    action: Words = ""
    fits: Callable[[User], bool] = lambda person: False
    always: bool = False
    secret: bool = False


def _is_support(person: User) -> bool:
    return person.is_support


def _is_administrator(person: User) -> bool:
    return not person.is_beanworks and person.has_role(Role.SYSTEM_ADMINISTRATOR)


def _watches(person: User) -> bool:
    return person.is_beanworks or _is_administrator(person)


def _syncs(person: User) -> bool:
    return not person.is_beanworks and person.has_role(*Role.values)


KINDS = (
    Kind("profile_requested", _("A customer requests an API Sync Profile"), _("Open the request"), _is_support),
    Kind("information_given", _("A customer answers your question"), _("Open the request"), _is_support),
    Kind(
        "information_asked", _("Beanworks has a question about a request"), _("Answer the question"), _is_administrator
    ),
    Kind("profile_approved", _("A request is approved"), _("Start SmartSync"), _is_administrator),
    Kind("profile_declined", _("A request is declined"), _("See what to do next"), _is_administrator),
    Kind("incident_opened", _("A connection in use stops working"), _("See how to fix it"), _watches),
    Kind("sync_failed", _("A scheduled sync fails or is incomplete"), _("Open the sync"), _syncs),
    # To a guest, who has no account and so no choices.
    Kind("handover", _("Steps are handed over to a guest"), _("Open the steps"), always=True, secret=True),
    # What allauth and Django send, such as a link to choose a new password.
    Kind("account", _("About your sign-in"), always=True, secret=True),
)
KIND = {kind.slug: kind for kind in KINDS}


def kinds_for(person: User) -> list[Kind]:
    """Return the kinds that this user can turn off."""
    return [kind for kind in KINDS if kind.fits(person)]
