"""Secrets at rest: an envelope each, bound to customer, connection and field."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from envelope import current_key_id, seal, unseal, unwrap, wrap
from intacct.secret import Secret
from wizard.causes import OwnError
from wizard.models import Connection, StoredSecret

# The fields that are stored: the password in use, and one that is to be proved before it takes its place.
PASSWORD, NEW_PASSWORD = "password", "new_password"


class SecretUnreadable(OwnError):
    """A stored secret cannot be opened: its key is lost, or its row is damaged."""

    cause = "password-unreadable"


def secret_store(*, connection: Connection, field: str, secret: Secret) -> None:
    """In the caller's transaction."""
    data_key, bound = AESGCM.generate_key(256), _bound(connection, field)
    StoredSecret.objects.update_or_create(
        connection=connection,
        field=field,
        defaults={
            "ciphertext": seal(data_key, secret.reveal().encode(), bound),
            **wrap(data_key, bound),
        },
    )


def secret_open(connection: Connection, field: str) -> Secret:
    """Raises SecretUnreadable for a row that is not there, was moved or changed, or whose key is not configured."""
    try:
        row = StoredSecret.objects.get(connection=connection, field=field)
        return _opened(row, _bound(connection, field))
    except (StoredSecret.DoesNotExist, KeyError, InvalidTag, ValueError) as reason:
        raise SecretUnreadable(f"the stored {field} cannot be opened") from reason


def secret_rewrap(row: StoredSecret) -> bool:
    """Wrap the data key by the key now in use, unless it is; the secret itself stays as it is. Says whether.

    Raises SecretUnreadable, also for a row that is under the key in use already.
    """
    bound = _bound(row.connection, row.field)
    try:
        _opened(row, bound)
        data_key = unwrap(row.key_id, row.wrapped_key, bound)
    except (KeyError, InvalidTag, ValueError) as reason:
        raise SecretUnreadable(f"secret {row.pk} cannot be opened") from reason

    if row.key_id == current_key_id():
        return False
    wrapped = wrap(data_key, bound)
    row.key_id, row.wrapped_key = wrapped["key_id"], wrapped["wrapped_key"]
    row.save(update_fields=["key_id", "wrapped_key"])
    return True


def _opened(row: StoredSecret, bound: bytes) -> Secret:
    return Secret(unseal(unwrap(row.key_id, row.wrapped_key, bound), row.ciphertext, bound).decode())


def _bound(connection: Connection, field: str) -> bytes:
    return f"{connection.customer_id}/{connection.pk}/{field}".encode()
