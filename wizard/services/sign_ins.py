"""The guard of every sign-in with a stored password, because repeated failures lock the user in Intacct.

After Intacct refused the password, or if it cannot be decrypted, all sign-ins are blocked until the credentials change
or a user confirms that the Intacct user was unlocked. `wizard.services.sessions` asks this module before it signs
in; services refuse earlier, with a text for the user.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection as database
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.rate_limits import wait_in_words
from core.errors import Refused
from core.isolated_text import Sentence
from core.leases import is_leased, lease_end
from intacct import errors as e
from wizard.models import Connection, Finding, Outcome, Verification, Visitor
from wizard.models.verification import SIGN_IN
from wizard.services.events import record
from wizard.services.incidents import close_incident, open_incident
from wizard.stages import SIGN_IN_STAGE
from wizard.verification.secrets import PASSWORD, SecretUnreadable, secret_open

# After these refusals, another try could lock the user. `NotAWebServicesUser` is one of them: Intacct asks that user
# for a second step, counts each try as a failed one, and locks the user in the end. Other refusals name their own
# cause, such as an IP filter, and say nothing about the password.
PASSWORD_REFUSED = (e.SignInRefused, e.UserInactive, e.NotAWebServicesUser)
# The slug of the incident of a password that cannot be opened.
UNREADABLE = "password"
# Refusals for other reasons may be retried, but Intacct may count them as well. So we stop after this many refused
# sign-ins in this time, counted for all users together.
TRIES = 10
TRIES_IN = timedelta(minutes=10)
POLL = 0.1
"""Seconds."""

Block = Connection.SignInBlock


class NotTriedAgain(e.SignInRefused):
    """Intacct refused this password before, so we did not send it."""


def is_password_refused(error: e.IntacctError | None) -> bool:
    return type(error) in PASSWORD_REFUSED


@contextmanager
def one_sign_in(connection: Connection) -> Iterator[None]:
    """Let one worker at a time sign in, and none after a refusal. Workers in parallel would all try a wrong password.

    Raises NotTriedAgain. Saves a refusal at once: other workers wait for it, and this worker may be killed.
    """
    with borrowed_database():
        _claim(connection)

    try:
        yield
    except e.IntacctError as error:
        if is_password_refused(error):
            with borrowed_database():
                block_sign_in(connection)
        raise
    finally:
        with borrowed_database():
            Connection.objects.filter(pk=connection.pk).update(signing_in_until=None)


def block_sign_in(connection: Connection) -> None:
    """Block sign-ins with these credentials, unless they were replaced after `connection` was read."""
    same = Connection.objects.filter(pk=connection.pk, credentials_saved_at=connection.credentials_saved_at)
    # The session and the verification that used it both report a refusal. It must count as one.
    same.exclude(sign_in_block=Block.REFUSED).update(sign_in_block=Block.REFUSED, sign_in_refused_at=Now())


@transaction.atomic
def report_unreadable(connection: Connection) -> None:
    """Block sign-ins and open an incident: the stored password cannot be decrypted (lost key or damaged row)."""
    if Connection.objects.select_for_update(no_key=True).get(pk=connection.pk).disconnected_at:
        return  # it was deleted just now
    # Only if nothing blocks yet: a refused password must stay refused when its key is back.
    Connection.objects.filter(pk=connection.pk, sign_in_block="").update(sign_in_block=Block.UNREADABLE)
    open_incident(
        connection=connection,
        slug=UNREADABLE,
        cause=SecretUnreadable.cause,
        facts={"user_id": connection.user_id, "company_id": connection.company_id},
        stage=SIGN_IN_STAGE.slug,
    )


@transaction.atomic
def allow_sign_in(connection: Connection) -> None:
    """Remove the block: the credentials were replaced, were unlocked, or can be decrypted again."""
    block = Connection.objects.select_for_update().get(pk=connection.pk).sign_in_block
    if block:
        Connection.objects.filter(pk=connection.pk).update(sign_in_block="", sign_in_refused_at=None)
    # After each block: a password that Intacct had refused may have become unreadable later.
    close_incident(connection=connection, slug=UNREADABLE)
    connection.sign_in_block, connection.sign_in_refused_at = "", None


@transaction.atomic
def report_readable(connection: Connection) -> None:
    """Allow sign-ins again: an operator restored the key. A password that Intacct refused stays refused."""
    if Connection.objects.select_for_update().get(pk=connection.pk).sign_in_block == Block.UNREADABLE:
        allow_sign_in(connection)
    else:
        close_incident(connection=connection, slug=UNREADABLE)


@transaction.atomic
def report_unlocked(*, connection: Connection, actor: Visitor, refusal: str) -> None:
    """Allow one more sign-in, because a user confirms that the Intacct user was unlocked after this refusal.

    Raises Refused if `refusal` is not the one that blocks now. Otherwise an old page, sent again after each refusal,
    would lock the user.
    """
    blocked = Connection.objects.select_for_update().get(pk=connection.pk)
    if blocked.sign_in_block != Block.REFUSED or blocked.refusal != refusal:
        raise Refused(
            _(
                "Your page showed an earlier refusal, so we did not sign in to Intacct. Check what Intacct "
                "reported last, then try again."
            )
        )
    record("credentials.unlocked", connection, actor, user=connection.user_id)
    allow_sign_in(connection)


def refuse_while_blocked(connection: Connection) -> None:
    """Raise Refused while sign-ins are blocked, or there is nothing to sign in with."""
    row = Connection.objects.values_list("sign_in_block", "disconnected_at")
    block, disconnected_at = row.get(pk=connection.pk)
    if disconnected_at:
        raise Refused(disconnected_words())
    if block == Block.UNREADABLE and _can_be_opened(connection):
        # An operator restored the key.
        allow_sign_in(connection)
    elif block:
        raise Refused(block_words(connection, block))


def refuse_after_many_refusals(connection: Connection) -> None:
    refused = _recent_refusals(connection)
    if len(refused) >= TRIES:
        words = _(
            "Intacct refused %(tries)s sign-ins in ten minutes, and another one could lock the user. You can "
            "try again in %(wait)s. Nothing was changed."
        )
        raise Refused(words % {"tries": TRIES, "wait": wait_in_words(refused[TRIES - 1] + TRIES_IN)})


def record_many_refusals(connection: Connection) -> None:
    """Record that the limit is reached. Called when a sign-in fails, because a refused next one is rolled back."""
    if len(_recent_refusals(connection)) == TRIES:
        record("credentials.refused", connection, None, tries=TRIES)


def _recent_refusals(connection: Connection) -> list[datetime]:
    """When recently refused sign-ins were requested, newest first.

    An unknown refusal counts if it refuses the authentication: it may be a new wording for a wrong password.
    """
    unknown_refusals = Finding.objects.filter(
        verification=OuterRef("pk"), outcome=Outcome.FAILED, facts__layer="authentication"
    )
    refused = Verification.objects.filter(
        Q(blocker=SIGN_IN) | Q(Exists(unknown_refusals)),
        connection=connection,
        created_at__gt=timezone.now() - TRIES_IN,
    )
    return list(refused.order_by("-created_at").values_list("created_at", flat=True))


def block_words(connection: Connection, block: str, *, here: bool = False) -> str:
    """Why sign-ins are blocked and what to do, as a text for the user. `here`: it is shown beside the credentials."""
    if block == Block.UNREADABLE:
        return _unreadable_words(here=here)
    elsewhere = _(
        "Intacct refused this sign-in, and another try could lock the user %(user)s. Enter the new "
        "password on the page of the credentials, or choose “The Intacct user was unlocked: try again” there if it was "
        "unlocked in Intacct."
    )
    beside_them = _(
        "Intacct refused this sign-in, and another try could lock the user %(user)s. Enter the new "
        "password, or choose “The Intacct user was unlocked: try again” if it was unlocked in Intacct."
    )
    return Sentence(beside_them if here else elsewhere, {"user": connection.user_id})


def disconnected_words() -> str:
    return _("This connection is disconnected, so nothing is sent to Intacct. Reconnect it first.")


def _unreadable_words(*, here: bool) -> str:
    if here:
        return _("The saved password cannot be decrypted. Enter it again. Everything else is saved.")
    return _(
        "The saved password cannot be decrypted. Enter it again on the page of the credentials. Everything else is "
        "saved."
    )


def _can_be_opened(connection: Connection) -> bool:
    try:
        secret_open(connection, PASSWORD)
    except SecretUnreadable:
        return False
    return True


def _claim(connection: Connection) -> None:
    row = Connection.objects.filter(pk=connection.pk)
    free = row.filter(sign_in_block="").exclude(is_leased("signing_in_until"))

    while not free.update(signing_in_until=lease_end()):
        block = row.values_list("sign_in_block", flat=True).first()
        if block is None:  # the connection was deleted
            return
        if block:
            raise NotTriedAgain("not tried, because Intacct refused this sign-in before", layer="authentication")
        time.sleep(POLL)


@contextmanager
def borrowed_database() -> Iterator[None]:
    """Close the database connection again in a thread that had none. A sync's threads only call Intacct."""
    was_open = database.connection is not None
    try:
        yield
    finally:
        if not was_open:
            database.close()
