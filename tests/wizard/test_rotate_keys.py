"""`manage.py rotate_keys`: beside the product at work, as often as one likes."""

from base64 import b64encode
from threading import Event, Thread

import pytest
from django.core.management import call_command
from django.db import connection as database
from pytest_django.fixtures import Settings

from intacct.secret import Secret
from wizard.models import Connection, StoredSecret
from wizard.secrets import secret_open, secret_store

OLD, NEW = (f"{name}:{b64encode(name.encode() * 8).decode()}" for name in ("old1", "new1"))


@pytest.fixture
def stored(connection: Connection, settings: Settings) -> Connection:
    settings.ENCRYPTION_KEYS = [OLD]
    for number in range(300):
        secret_store(connection=connection, field=f"field {number}", secret=Secret(f"secret {number}"))
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    return connection


def opened(connection: Connection) -> list[str]:
    return [secret_open(connection, f"field {number}").reveal() for number in range(300)]


@pytest.mark.django_db
def test_afterwards_the_old_key_may_be_put_away(stored: Connection, settings: Settings) -> None:
    call_command("rotate_keys", verbosity=0)
    settings.ENCRYPTION_KEYS = [NEW]
    assert opened(stored) == [f"secret {number}" for number in range(300)]


@pytest.mark.django_db
def test_run_again_it_changes_nothing(stored: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("rotate_keys")
    before = list(StoredSecret.objects.order_by("pk").values())
    call_command("rotate_keys")
    assert list(StoredSecret.objects.order_by("pk").values()) == before
    assert "0 secrets wrapped anew; all 300 are under new1" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_while_it_runs_secrets_are_read_and_written(stored: Connection, settings: Settings) -> None:
    stop = Event()
    trouble: list[Exception] = []
    done: list[int] = []

    def use() -> None:
        try:
            while not stop.is_set():
                number = len(done) % 300
                secret_store(connection=stored, field=f"field {number}", secret=Secret(f"secret {number}"))
                assert secret_open(stored, f"field {number}").reveal() == f"secret {number}"
                done.append(number)
        except Exception as error:  # noqa: BLE001 - whatever it was, the test tells it
            trouble.append(error)
        finally:
            database.close()

    thread = Thread(target=use)
    thread.start()
    try:
        call_command("rotate_keys", verbosity=0)
    finally:
        stop.set()
        thread.join()
    assert trouble == []
    assert done
    settings.ENCRYPTION_KEYS = [NEW]
    assert opened(stored) == [f"secret {number}" for number in range(300)]
