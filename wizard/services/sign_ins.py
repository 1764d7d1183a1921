"""The one gate before every sign-in with a stored password: repeated failures lock the user in Intacct.

Once Intacct refused the password, or it cannot be opened, nothing signs in until the credentials change or a user says
that the Intacct user was unlocked. `wizard.gateway` asks here; services refuse early, in words.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.limits import wait_in_words
from audit.models import AuditEvent
from core.sentences import Sentence
from intacct import errors as e
from wizard.models import Connection, Finding, Outcome, Verification, Visitor
from wizard.models.verification import SIGN_IN
from wizard.secrets import PASSWORD, SecretUnreadable, secret_open
from wizard.services.incidents import close_incident, open_incident
from wizard.services.recording import record
from wizard.services.refused import Refused

# Other refusals of a sign-in name their own cause, such as an IP filter, and say nothing about the password. A user who
# is asked for a second step is counted as failing it each time, and is locked in the end.
PASSWORD_REFUSED = (e.SignInRefused, e.UserInactive, e.NotAWebServicesUser)
# The slug of the incident of a password that cannot be opened.
UNREADABLE = "password"
# Refusals that say nothing about the password may be checked again, but Intacct may count them as well: this many
# refused sign-ins in this time, of all users together.
TRIES = 10
TRIES_IN = timedelta(minutes=10)
POLL = 0.1
"""Seconds."""

Block = Connection.SignInBlock


class NotTriedAgain(e.SignInRefused):
    """Intacct refused this password before, so it was not sent."""


def is_password_refused(error: e.IntacctError | None) -> bool:
    return type(error) in PASSWORD_REFUSED


@contextmanager
def one_sign_in(connection: Connection) -> Iterator[None]:
    """Let one worker at a time sign in, and none after a refusal: several at once would all try a wrong password.

    Raises NotTriedAgain. A refusal is saved at once, for the workers that wait and in case this one is killed.
    """
    with _borrowed_database():
        _claim(connection)

    try:
        yield
    except e.IntacctError as error:
        if is_password_refused(error):
            with _borrowed_database():
                block_sign_in(connection)
        raise
    finally:
        with _borrowed_database():
            Connection.objects.filter(pk=connection.pk).update(signing_in_until=None)


def block_sign_in(connection: Connection) -> None:
    """Nothing signs in with these credentials any more, unless others took their place since they were read."""
    same = Connection.objects.filter(pk=connection.pk, credentials_at=connection.credentials_at)
    # Reported twice, by the session and by the verification that used it, it is one refusal.
    same.exclude(sign_in_block=Block.REFUSED).update(sign_in_block=Block.REFUSED, sign_in_refused_at=Now())


@transaction.atomic
def report_unreadable(connection: Connection) -> None:
    """The stored password cannot be opened: its key is lost, or the row is damaged."""
    # A password that was refused stays refused when its key is put back.
    Connection.objects.filter(pk=connection.pk, sign_in_block="").update(sign_in_block=Block.UNREADABLE)
    open_incident(
        connection=connection,
        slug=UNREADABLE,
        cause=SecretUnreadable.cause,
        facts={"user_id": connection.user_id, "company_id": connection.company_id},
        stage="credentials",
    )


@transaction.atomic
def allow_sign_in(connection: Connection) -> None:
    """The credentials are others now, or can be opened again."""
    was = Connection.objects.select_for_update().get(pk=connection.pk).sign_in_block
    if was:
        Connection.objects.filter(pk=connection.pk).update(sign_in_block="", sign_in_refused_at=None)
    if was == Block.UNREADABLE:
        close_incident(connection=connection, slug=UNREADABLE)
    connection.sign_in_block, connection.sign_in_refused_at = "", None


@transaction.atomic
def report_unlocked(*, connection: Connection, actor: Visitor, refusal: str) -> None:
    """A user says that the Intacct user was unlocked after this refusal, so its password may be tried once more.

    Raises Refused for another refusal than the one that blocks: an old page, sent after each, would lock the user.
    """
    blocked = Connection.objects.select_for_update().get(pk=connection.pk)
    if blocked.sign_in_block != Block.REFUSED or blocked.refusal != refusal:
        raise Refused(
            _(
                "Your page showed an earlier refusal, so we did not sign in to Intacct. "
                "See what Intacct reported last, then decide."
            )
        )
    record("credentials.unlocked", connection, actor, user=connection.user_id)
    allow_sign_in(connection)


def refuse_while_blocked(connection: Connection) -> None:
    """Raise Refused, in words for the user, while nothing may sign in."""
    block = Connection.objects.values_list("sign_in_block", flat=True).get(pk=connection.pk)
    if block == Block.UNREADABLE and _opens(connection):
        # Its key was put back.
        allow_sign_in(connection)
    elif block:
        raise Refused(block_words(connection, block))


def refuse_after_many_refusals(connection: Connection) -> None:
    refused = _lately_refused(connection)
    if len(refused) >= TRIES:
        words = _(
            "Intacct refused %(tries)s sign-ins in ten minutes, and another could lock the user. "
            "Nothing was changed. You can try the next one in %(wait)s."
        )
        raise Refused(words % {"tries": TRIES, "wait": wait_in_words(refused[TRIES - 1] + TRIES_IN)})


def record_many_refusals(connection: Connection) -> None:
    """In the transaction that ends the last of them: the one that refuses the next is rolled back."""
    if len(_lately_refused(connection)) == TRIES:
        record("credentials.refused", connection, None, outcome=AuditEvent.Outcome.REFUSED, tries=TRIES)


def _lately_refused(connection: Connection) -> list[datetime]:
    """When the sign-ins that Intacct refused were asked for, newest first.

    Words that we do not know may be those for a wrong password, so they count when they refuse the authentication.
    """
    unknown_words = Finding.objects.filter(
        verification=OuterRef("pk"), outcome=Outcome.FAILED, facts__layer="authentication"
    )
    refused = Verification.objects.filter(
        Q(blocker=SIGN_IN) | Q(Exists(unknown_words)),
        connection=connection,
        created_at__gt=timezone.now() - TRIES_IN,
    )
    return list(refused.order_by("-created_at").values_list("created_at", flat=True))


def block_words(connection: Connection, block: str) -> str:
    """Why nothing signs in, and what to do."""
    if block == Block.UNREADABLE:
        return _("The stored password cannot be opened. Enter it again in step 5; everything else was saved.")
    words = _(
        "Intacct refused this sign-in, and another try could lock the user %(user)s. Enter the new password in step 5, "
        "or choose “The Intacct user was unlocked” there if it was unlocked in Intacct."
    )
    return Sentence(words, {"user": connection.user_id})


def _opens(connection: Connection) -> bool:
    try:
        secret_open(connection, PASSWORD)
    except SecretUnreadable:
        return False
    return True


def _claim(connection: Connection) -> None:
    row = Connection.objects.filter(pk=connection.pk)
    free = row.filter(sign_in_block="").exclude(signing_in_until__range=(Now(), _claim_end()))

    while not free.update(signing_in_until=_claim_end()):
        block = row.values_list("sign_in_block", flat=True).first()
        if block is None:  # the connection was removed
            return
        if block:
            raise NotTriedAgain("not tried, because Intacct refused this sign-in before", layer="authentication")
        time.sleep(POLL)


def _claim_end() -> Combinable:
    return Now() + timedelta(seconds=settings.LEASE_SECONDS)


@contextmanager
def _borrowed_database() -> Iterator[None]:
    """Leave no database connection open in a thread that had none: threads of a sync ask Intacct only."""
    was_open = database.connection is not None
    try:
        yield
    finally:
        if not was_open:
            database.close()
