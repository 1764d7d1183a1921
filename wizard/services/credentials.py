"""New credentials of a connection in use. They replace the current ones only after a verification signed in."""

from django.db.models import Exists
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import Refused
from core.isolated_text import Sentence
from intacct.secret import Secret
from wizard.models import Connection, StoredSecret, SyncProfile, Verification, Visitor
from wizard.services.events import record
from wizard.services.sign_ins import allow_sign_in, block_words
from wizard.verification.secrets import NEW_PASSWORD, PASSWORD, SecretUnreadable, secret_open, secret_store


def is_in_use(connection: Connection) -> bool:
    return SyncProfile.objects.approved().filter(connection=connection).exists()


def replacement_keep(
    *, connection: Connection, actor: Visitor, company_id: str, user_id: str, password: Secret | None
) -> None:
    """Save new credentials for the verification that tries them, in the caller's transaction.

    Without `password`, the current password is used.
    """
    if company_id != connection.company_id:
        words = _("This connection is in use with %s. Start another connection for another company.")
        raise Refused(words % connection.company_id)
    secret_store(connection=connection, field=NEW_PASSWORD, secret=password or _stored_password(connection))
    record("credentials.entered", connection, actor, user=user_id, password_changed=bool(password))


def refused_replacement(connection: Connection) -> Verification | None:
    """The verification of the newest replacement, if Intacct refused its password.

    The refused password stays saved, so that the same one is not tried again until a user confirms that the Intacct
    user was unlocked.
    """
    saved = StoredSecret.objects.filter(connection=connection, field=NEW_PASSWORD)
    replacements = Verification.objects.filter(Exists(saved), connection=connection).exclude(new_user_id="")
    newest = replacements.order_by("-pk").first()
    return newest if newest and not newest.is_active else None


def refuse_refused_replacement(connection: Connection, user_id: str, password: Secret | None) -> None:
    """Raise Refused if Intacct has just refused these new credentials."""
    refused = refused_replacement(connection)
    if refused and _is_same_sign_in(refused, user_id, password):
        words = _(
            "Intacct refused this password, and another try could lock the user %(user)s. Enter another password, or "
            "choose “The Intacct user was unlocked: try again” on this page if it was unlocked in Intacct."
        )
        raise Refused(Sentence(words, {"user": user_id}))


def is_being_verified(active: Verification, user_id: str, password: Secret | None) -> bool:
    """Whether the active verification already tries these new credentials."""
    return bool(active.new_user_id) and _is_same_sign_in(active, user_id, password)


def _is_same_sign_in(verification: Verification, user_id: str, password: Secret | None) -> bool:
    connection = verification.connection
    try:
        typed = password or secret_open(connection, PASSWORD)
        saved = secret_open(connection, NEW_PASSWORD)
    except SecretUnreadable:
        return False
    return (verification.new_user_id, saved.reveal()) == (user_id, typed.reveal())


def _stored_password(connection: Connection) -> Secret:
    try:
        return secret_open(connection, PASSWORD)
    except SecretUnreadable:
        raise Refused(block_words(connection, Connection.SignInBlock.UNREADABLE)) from None


def replacement_settle(*, verification: Verification, connection: Connection, signed_in: bool, refused: bool) -> None:
    """Replace the current credentials if the new ones signed in, in the transaction that ends the verification.

    Otherwise delete the new ones, except a refused password: see `refused_replacement`.
    """
    if signed_in:
        if connection.disconnected_at:
            _reconnect(connection, verification.requested_by)
        secret_store(connection=connection, field=PASSWORD, secret=secret_open(connection, NEW_PASSWORD))
        connection.user_id, connection.credentials_saved_at = verification.new_user_id, verification.created_at
        connection.save(update_fields=["user_id", "credentials_saved_at"])
        allow_sign_in(connection)
        verification.is_current = True
        record("credentials.replaced", connection, verification.requested_by, user=connection.user_id)
    else:
        record("credentials.replacement_refused", connection, None, user=verification.new_user_id)
    if signed_in or not refused:
        StoredSecret.objects.filter(connection=connection, field=NEW_PASSWORD).delete()


def _reconnect(connection: Connection, actor: User | None) -> None:
    """Everything else is as it was before the disconnect: profiles, schedules and lists."""
    connection.disconnected_at = connection.disconnected_by = None
    connection.save(update_fields=["disconnected_at", "disconnected_by"])
    record("connection.reconnected", connection, actor)
