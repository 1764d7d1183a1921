"""Secrets at rest: an envelope each, bound to customer, connection and field."""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from envelope import seal, unseal, unwrap, wrap
from intacct.secret import Secret
from wizard.models import Connection, StoredSecret

# The fields that are stored: the password in use, and one that is to be proved before it takes its place.
PASSWORD, NEW_PASSWORD = "password", "new_password"


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
    """Raises StoredSecret.DoesNotExist, and cryptography's InvalidTag for a row that was moved or changed."""
    row = StoredSecret.objects.get(connection=connection, field=field)
    bound = _bound(connection, field)
    return Secret(unseal(unwrap(row.key_id, row.wrapped_key, bound), row.ciphertext, bound).decode())


def secret_rewrap(row: StoredSecret) -> None:
    """Wrap the data key by the key now in use; the secret itself stays as it is."""
    bound = _bound(row.connection, row.field)
    for name, value in wrap(unwrap(row.key_id, row.wrapped_key, bound), bound).items():
        setattr(row, name, value)
    row.save(update_fields=["key_id", "wrapped_key"])


def _bound(connection: Connection, field: str) -> bytes:
    return f"{connection.customer_id}/{connection.pk}/{field}".encode()
