"""A stored secret can be decrypted only for its connection and field, and never appears in any output."""

import json
import logging
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import connection as database
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from accounts.models import Customer, User
from audit.models import AuditEvent
from beanworks_connect.heartbeat import broker
from intacct.secret import Secret
from tests.support.stack import drop_messages
from wizard.models import Connection, StoredSecret
from wizard.services import credentials_save
from wizard.verification.secrets import SecretUnreadable, secret_open, secret_store

CANARY = "canary-5b2e"
pytestmark = pytest.mark.django_db


@pytest.fixture
def stored(connection: Connection) -> StoredSecret:
    secret_store(connection=connection, field="password", secret=Secret(CANARY))
    return StoredSecret.objects.get()


@hypothesis_settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_stored_text_is_read_back_unchanged(connection: Connection, text: str) -> None:
    secret_store(connection=connection, field="password", secret=Secret(text))
    assert secret_open(connection, "password").reveal() == text


def test_same_password_is_stored_differently_each_time(connection: Connection, stored: StoredSecret) -> None:
    secret_store(connection=connection, field="password", secret=Secret(CANARY))
    second = StoredSecret.objects.get()
    [first_parts, second_parts] = [bytes(row.envelope).partition(b"\n") for row in (stored, second)]
    assert first_parts[0] == second_parts[0]
    assert first_parts[2][:60] != second_parts[2][:60]
    assert first_parts[2][60:] != second_parts[2][60:]


@pytest.mark.parametrize("part", [0, 60], ids=["wrapped key", "value"])
@pytest.mark.parametrize("place", [0, 12, -1], ids=["nonce", "body", "tag"])
def test_one_changed_bit_makes_a_secret_unreadable(
    connection: Connection, stored: StoredSecret, part: int, place: int
) -> None:
    key_id, line_break, rest = bytes(stored.envelope).partition(b"\n")
    wrapped_key, value = bytearray(rest[:60]), bytearray(rest[60:])
    (value if part else wrapped_key)[place] ^= 1
    StoredSecret.objects.update(envelope=key_id + line_break + wrapped_key + value)
    with pytest.raises(SecretUnreadable):
        secret_open(connection, "password")


def test_secret_is_unreadable_under_another_field(connection: Connection, stored: StoredSecret) -> None:
    StoredSecret.objects.update(field="candidate")
    with pytest.raises(SecretUnreadable):
        secret_open(connection, "candidate")


def test_secret_is_unreadable_under_another_connection(connection: Connection, stored: StoredSecret) -> None:
    other = Connection.objects.create(customer=connection.customer, company_id="another")
    StoredSecret.objects.update(connection=other)
    with pytest.raises(SecretUnreadable):
        secret_open(other, "password")


def test_secret_is_unreadable_under_another_customer(connection: Connection, stored: StoredSecret) -> None:
    connection.customer = Customer.objects.create(name="Seaside Goods")
    connection.save()
    with pytest.raises(SecretUnreadable):
        secret_open(connection, "password")


def test_secret_is_unreadable_without_its_key(connection: Connection, stored: StoredSecret, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = ["another:" + b64encode(b"k" * 32).decode()]
    with pytest.raises(SecretUnreadable):
        secret_open(connection, "password")


def test_secret_is_not_readable_in_the_database(connection: Connection, stored: StoredSecret) -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT row_to_json(wizard_storedsecret)::text FROM wizard_storedsecret")
        [(row,)] = cursor.fetchall()
    assert CANARY not in row
    assert CANARY.encode().hex() not in row
    assert b64encode(CANARY.encode()).decode() not in row


def test_secret_does_not_appear_in_logs_or_representations(
    connection: Connection, stored: StoredSecret, caplog: pytest.LogCaptureFixture
) -> None:
    secret = secret_open(connection, "password")
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("wizard").debug("%s %r %s", secret, [secret], {"password": secret})
    assert CANARY not in caplog.text + f"{secret} {secret!r} {stored} {stored!r} {vars(stored)}"


def test_saved_credentials_do_not_appear_in_audit_log_or_messages(
    connection: Connection,
    administrator: User,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> None:
    drop_messages()
    with django_capture_on_commit_callbacks(execute=True):
        verification = credentials_save(
            connection=connection, actor=administrator, company_id="hill", user_id="Beanworks", password=Secret(CANARY)
        )
    [message] = broker().lrange("checks", 0, -1)
    recorded = [*AuditEvent.objects.values("lasting", "personal"), vars(verification), vars(connection)]
    assert CANARY not in repr(recorded) + message_text(message)
    drop_messages()


def message_text(message: bytes | str) -> str:
    """Return the message with its decoded body, as a worker reads it."""
    return str(message) + b64decode(json.loads(message)["body"]).decode()
