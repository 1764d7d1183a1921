"""New credentials of a connection in use: proved first, and only then put in the place of the old ones."""

from django.db.models import Exists
from django.utils.translation import gettext as _

from audit.models import AuditEvent
from core.sentences import Sentence
from intacct.secret import Secret
from wizard.models import Connection, StoredSecret, SyncProfile, Verification, Visitor
from wizard.secrets import NEW_PASSWORD, PASSWORD, SecretUnreadable, secret_open, secret_store
from wizard.services.recording import record
from wizard.services.refused import Refused
from wizard.services.sign_ins import allow_sign_in, block_words


def is_in_use(connection: Connection) -> bool:
    return SyncProfile.objects.approved().filter(connection=connection).exists()


def replacement_keep(
    *, connection: Connection, actor: Visitor, company_id: str, user_id: str, password: Secret | None
) -> None:
    """Keep them until a verification has proved them, in the caller's transaction. No password: it is the old one."""
    if company_id != connection.company_id:
        told = _("This connection is in use with %s. Connect another company by a connection of its own.")
        raise Refused(told % connection.company_id)
    secret_store(connection=connection, field=NEW_PASSWORD, secret=password or _stored(connection))
    record("credentials.entered", connection, actor, user=user_id, password_changed=bool(password))


def refused_replacement(connection: Connection) -> Verification | None:
    """The verification of the newest new credentials, if Intacct refused their password.

    They are kept then, so that the same are not tried again unless the user says that the Intacct user was unlocked.
    """
    kept = StoredSecret.objects.filter(connection=connection, field=NEW_PASSWORD)
    of_new_ones = Verification.objects.filter(Exists(kept), connection=connection).exclude(new_user_id="")
    newest = of_new_ones.order_by("-pk").first()
    return newest if newest and not newest.is_active else None


def refuse_refused_replacement(connection: Connection, user_id: str, password: Secret | None) -> None:
    """Raise Refused, in words for the user, for new credentials that Intacct has just refused."""
    refused = refused_replacement(connection)
    if refused and _are_the_same(refused, user_id, password):
        words = _(
            "Intacct refused this password, and another try could lock the user %(user)s. Enter another password, or "
            "choose “The Intacct user was unlocked” on this page if it was unlocked in Intacct."
        )
        raise Refused(Sentence(words, {"user": user_id}))


def is_being_proved(active: Verification, user_id: str, password: Secret | None) -> bool:
    """Whether the verification that is under way tries these new credentials already."""
    return bool(active.new_user_id) and _are_the_same(active, user_id, password)


def _are_the_same(verification: Verification, user_id: str, password: Secret | None) -> bool:
    connection = verification.connection
    try:
        typed = password or secret_open(connection, PASSWORD)
        kept = secret_open(connection, NEW_PASSWORD)
    except SecretUnreadable:
        return False
    return (verification.new_user_id, kept.reveal()) == (user_id, typed.reveal())


def _stored(connection: Connection) -> Secret:
    try:
        return secret_open(connection, PASSWORD)
    except SecretUnreadable:
        raise Refused(block_words(connection, Connection.SignInBlock.UNREADABLE)) from None


def replacement_settle(*, verification: Verification, connection: Connection, proved: bool, refused: bool) -> None:
    """Proved ones take the place of the old, in the transaction that ends the verification.

    Others are forgotten, but for a refused password: see `refused_replacement`.
    """
    if proved:
        secret_store(connection=connection, field=PASSWORD, secret=secret_open(connection, NEW_PASSWORD))
        connection.user_id, connection.credentials_at = verification.new_user_id, verification.created_at
        connection.save(update_fields=["user_id", "credentials_at"])
        allow_sign_in(connection)
        verification.stands = True
        record("credentials.replaced", connection, verification.requested_by, user=connection.user_id)
    else:
        record("credentials.kept", connection, None, outcome=AuditEvent.Outcome.REFUSED, user=verification.new_user_id)
    if proved or not refused:
        StoredSecret.objects.filter(connection=connection, field=NEW_PASSWORD).delete()
