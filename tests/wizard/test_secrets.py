"""What is stored opens where it belongs and nowhere else, and nothing ever shows it."""

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
from wizard.secrets import SecretUnreadable, secret_open, secret_store
from wizard.services import credentials_save

CANARY = "canary-5b2e"
pytestmark = pytest.mark.django_db


@pytest.fixture
def stored(connection: Connection) -> StoredSecret:
    secret_store(connection=connection, field="password", secret=Secret(CANARY))
    return StoredSecret.objects.get()


@hypothesis_settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_whatever_is_stored_comes_back(connection: Connection, text: str) -> None:
    secret_store(connection=connection, field="password", secret=Secret(text))
    assert secret_open(connection, "password").reveal() == text


def test_the_same_password_is_never_stored_the_same(connection: Connection, stored: StoredSecret) -> None:
    secret_store(connection=connection, field="password", secret=Secret(CANARY))
    again = StoredSecret.objects.get()
    assert bytes(again.ciphertext) != bytes(stored.ciphertext)
    assert bytes(again.wrapped_key) != bytes(stored.wrapped_key)


@pytest.mark.parametrize("part", ["ciphertext", "wrapped_key"])
@pytest.mark.parametrize("place", [0, 12, -1], ids=["nonce", "body", "tag"])
def test_one_changed_bit_and_it_does_not_open(
    connection: Connection, stored: StoredSecret, part: str, place: int
) -> None:
    changed = bytearray(getattr(stored, part))
    changed[place] ^= 1
    StoredSecret.objects.update(**{part: bytes(changed)})
    with pytest.raises(SecretUnreadable):
        secret_open(connection, "password")


def test_a_row_moved_to_another_field_does_not_open(connection: Connection, stored: StoredSecret) -> None:
    StoredSecret.objects.update(field="candidate")
    with pytest.raises(SecretUnreadable):
        secret_open(connection, "candidate")


def test_a_row_moved_to_another_connection_does_not_open(connection: Connection, stored: StoredSecret) -> None:
    other = Connection.objects.create(customer=connection.customer, company_id="another")
    StoredSecret.objects.update(connection=other)
    with pytest.raises(SecretUnreadable):
        secret_open(other, "password")


def test_a_connection_moved_to_another_customer_does_not_take_its_secret_along(
    connection: Connection, stored: StoredSecret
) -> None:
    connection.customer = Customer.objects.create(name="Seaside Goods")
    connection.save()
    with pytest.raises(SecretUnreadable):
        secret_open(connection, "password")


def test_a_key_that_is_not_configured_opens_nothing(
    connection: Connection, stored: StoredSecret, settings: Settings
) -> None:
    settings.ENCRYPTION_KEYS = ["another:" + b64encode(b"k" * 32).decode()]
    with pytest.raises(SecretUnreadable):
        secret_open(connection, "password")


def test_nothing_stored_is_readable_in_the_database(connection: Connection, stored: StoredSecret) -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT row_to_json(wizard_storedsecret)::text FROM wizard_storedsecret")
        [(row,)] = cursor.fetchall()
    assert CANARY not in row
    assert CANARY.encode().hex() not in row


def test_a_secret_shows_itself_to_nobody(
    connection: Connection, stored: StoredSecret, caplog: pytest.LogCaptureFixture
) -> None:
    secret = secret_open(connection, "password")
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("wizard").debug("%s %r %s", secret, [secret], {"password": secret})
    assert CANARY not in caplog.text + f"{secret} {secret!r} {stored} {stored!r} {vars(stored)}"


def test_what_is_recorded_and_sent_when_credentials_are_saved_holds_no_secret(
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
    told = [*AuditEvent.objects.values_list("metadata", flat=True), vars(verification), vars(connection)]
    assert CANARY not in repr(told) + unpacked(message)
    drop_messages()


def unpacked(message: bytes | str) -> str:
    """With the body as the worker will read it."""
    return str(message) + b64decode(json.loads(message)["body"]).decode()
