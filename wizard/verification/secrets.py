"""Stored secrets. Each is encrypted in its own envelope, bound to customer, connection and field."""

from core.encryption import Undecryptable, decrypt, encrypt, rewrap
from intacct.secret import Secret
from wizard.diagnoses import OwnError
from wizard.models import Connection, StoredSecret

# The stored fields: the current password, and a new one that must sign in before it replaces the current one.
PASSWORD, NEW_PASSWORD = "password", "new_password"


class SecretUnreadable(OwnError):
    """A stored secret cannot be decrypted: its key is lost, or its row is damaged."""

    cause = "password_unreadable"


def secret_store(*, connection: Connection, field: str, secret: Secret) -> None:
    """Encrypt and save a secret, in the caller's transaction."""
    envelope = new_secret(connection, field, secret).envelope
    StoredSecret.objects.update_or_create(connection=connection, field=field, defaults={"envelope": envelope})


def new_secret(connection: Connection, field: str, secret: Secret) -> StoredSecret:
    """Return a row with the encrypted secret, not saved."""
    envelope = encrypt(secret.reveal().encode(), _place(connection, field))
    return StoredSecret(connection=connection, field=field, envelope=envelope)


def secret_open(connection: Connection, field: str) -> Secret:
    """Decrypt a secret. Raises SecretUnreadable if the row is missing or changed, or its key is not configured."""
    try:
        row = StoredSecret.objects.get(connection=connection, field=field)
        plain = decrypt(bytes(row.envelope), _place(connection, field))
        return Secret(plain.decode())
    except (StoredSecret.DoesNotExist, Undecryptable, UnicodeDecodeError) as reason:
        raise SecretUnreadable(f"the stored {field} cannot be opened") from reason


def secret_rewrap(row: StoredSecret) -> bool:
    """Wrap the data key with the current key, if it is not yet; return whether it changed. The secret stays as it is.

    Raises SecretUnreadable, even if the row already uses the current key.
    """
    before = bytes(row.envelope)
    try:
        row.envelope = rewrap(before, _place(row.connection, row.field))
    except Undecryptable as reason:
        raise SecretUnreadable(f"secret {row.pk} cannot be opened") from reason

    if row.envelope == before:
        return False
    row.save(update_fields=["envelope"])
    return True


def _place(connection: Connection, field: str) -> bytes:
    """Return what an envelope is bound to, so that no one can move a password to another customer's connection."""
    return f"{connection.customer_id}/{connection.pk}/{field}".encode()
