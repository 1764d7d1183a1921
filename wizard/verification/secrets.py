"""Stored secrets. Each is encrypted in its own envelope, bound to customer, connection and field."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.encryption import current_key_id, seal, unseal, unwrap, wrap
from intacct.secret import Secret
from wizard.diagnoses import OwnError
from wizard.models import Connection, StoredSecret

# The stored fields: the current password, and a new one that must sign in before it replaces the current one.
PASSWORD, NEW_PASSWORD = "password", "new_password"


class SecretUnreadable(OwnError):
    """A stored secret cannot be decrypted: its key is lost, or its row is damaged."""

    cause = "password-unreadable"


def secret_store(*, connection: Connection, field: str, secret: Secret) -> None:
    """Encrypt and save a secret, in the caller's transaction."""
    data_key, bound = AESGCM.generate_key(256), _associated_data(connection, field)
    StoredSecret.objects.update_or_create(
        connection=connection,
        field=field,
        defaults={
            "ciphertext": seal(data_key, secret.reveal().encode(), bound),
            **wrap(data_key, bound),
        },
    )


def secret_open(connection: Connection, field: str) -> Secret:
    """Decrypt a secret. Raises SecretUnreadable if the row is missing or changed, or its key is not configured."""
    try:
        row = StoredSecret.objects.get(connection=connection, field=field)
        return _decrypt(row, _associated_data(connection, field))
    except (StoredSecret.DoesNotExist, KeyError, InvalidTag, ValueError) as reason:
        raise SecretUnreadable(f"the stored {field} cannot be opened") from reason


def secret_rewrap(row: StoredSecret) -> bool:
    """Wrap the data key with the current key, if it is not yet; return whether it changed. The secret stays as it is.

    Raises SecretUnreadable, even if the row already uses the current key.
    """
    bound = _associated_data(row.connection, row.field)
    try:
        _decrypt(row, bound)
        data_key = unwrap(row.key_id, row.wrapped_key, bound)
    except (KeyError, InvalidTag, ValueError) as reason:
        raise SecretUnreadable(f"secret {row.pk} cannot be opened") from reason

    if row.key_id == current_key_id():
        return False
    wrapped = wrap(data_key, bound)
    row.key_id, row.wrapped_key = wrapped["key_id"], wrapped["wrapped_key"]
    row.save(update_fields=["key_id", "wrapped_key"])
    return True


def _decrypt(row: StoredSecret, bound: bytes) -> Secret:
    return Secret(unseal(unwrap(row.key_id, row.wrapped_key, bound), row.ciphertext, bound).decode())


def _associated_data(connection: Connection, field: str) -> bytes:
    return f"{connection.customer_id}/{connection.pk}/{field}".encode()
