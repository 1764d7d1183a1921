"""`manage.py rotate_keys`: beside the product at work, as often as one likes."""

from base64 import b64encode
from itertools import pairwise
from threading import Event, Thread

import pytest
from django.conf import settings as product_settings
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from core.broker import broker
from core.processes import processes_without, report_process
from envelope import key_marks
from intacct.secret import Secret
from mail.models import Mail
from tests.support.processes import wait_until
from wizard.models import Connection, Incident, StoredSecret, Verification
from wizard.secrets import secret_open, secret_store
from wizard.services import Refused, credentials_save, verification_request, watch_dispatch

from .place import Place, failed

OLD = f"old1:{b64encode(b'old1' * 8).decode()}"
# The one that the processes of other tests know: they may report at any time.
[NEW] = product_settings.ENCRYPTION_KEYS
NEW_ID = NEW.partition(":")[0]
SECRETS = 60


@pytest.fixture
def stored(connection: Connection, settings: Settings) -> Connection:
    settings.ENCRYPTION_KEYS = [OLD]
    for number in range(SECRETS):
        secret_store(connection=connection, field=f"field {number}", secret=Secret(f"secret {number}"))
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    forget_processes()
    return connection


def forget_processes() -> None:
    """This process reported as another."""
    if names := broker().keys("process:*"):
        broker().delete(*names)


def opened(connection: Connection) -> list[str]:
    return [secret_open(connection, f"field {number}").reveal() for number in range(SECRETS)]


@pytest.mark.django_db
def test_afterwards_the_old_key_may_be_put_away(stored: Connection, settings: Settings) -> None:
    call_command("rotate_keys", verbosity=0)
    settings.ENCRYPTION_KEYS = [NEW]
    assert opened(stored) == [f"secret {number}" for number in range(SECRETS)]


@pytest.mark.django_db
def test_run_again_it_changes_nothing(stored: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("rotate_keys")
    before = list(StoredSecret.objects.order_by("pk").values())
    call_command("rotate_keys")
    assert list(StoredSecret.objects.order_by("pk").values()) == before
    assert f"0 secrets wrapped again; all {SECRETS} that can be opened are under test" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_while_it_runs_secrets_are_read_and_written(stored: Connection, settings: Settings) -> None:
    stop = Event()
    trouble: list[Exception] = []
    done: list[int] = []

    def use() -> None:
        try:
            while not stop.is_set():
                number = len(done) % SECRETS
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
        wait_until(lambda: done or trouble, "secrets are in use")
        call_command("rotate_keys", verbosity=0)
    finally:
        stop.set()
        thread.join()
    assert trouble == []
    settings.ENCRYPTION_KEYS = [NEW]
    assert opened(stored) == [f"secret {number}" for number in range(SECRETS)]


@pytest.mark.django_db
def test_in_the_documented_order_every_process_opens_what_another_sealed(
    connection: Connection, settings: Settings
) -> None:
    """Before, with the new key last, with the new key first, and without the old one: two neighbors run together."""
    orders = [[OLD], [OLD, NEW], [NEW, OLD], [NEW]]

    for before, after in pairwise(orders):
        for sealing, opening in ((before, after), (after, before)):
            settings.ENCRYPTION_KEYS = sealing
            secret_store(connection=connection, field="password", secret=Secret("a secret"))
            if after == [NEW]:
                forget_processes()
                call_command("rotate_keys", verbosity=0)
            settings.ENCRYPTION_KEYS = opening
            assert secret_open(connection, "password").reveal() == "a secret"


@pytest.mark.django_db
@pytest.mark.parametrize("known", ["old1=4f2a", f"{NEW_ID}=4f2a"], ids=["no such key", "another under its ID"])
def test_keys_are_not_rotated_while_a_running_process_lacks_the_new_one(stored: Connection, known: str) -> None:
    report_process([known])
    before = list(StoredSecret.objects.order_by("pk").values())

    with pytest.raises(CommandError, match=f"do not have the key {NEW_ID}"):
        call_command("rotate_keys")

    assert list(StoredSecret.objects.order_by("pk").values()) == before
    report_process(key_marks())
    assert processes_without(key_marks()[0]) == []


@pytest.mark.django_db
def test_rotating_goes_on_past_what_cannot_be_opened(
    stored: Connection, administrator: User, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    secret_store(connection=stored, field="password", secret=Secret("a secret"))
    StoredSecret.objects.filter(field="password").update(ciphertext=b"damaged")
    StoredSecret.objects.filter(field="field 7").update(key_id="lost")
    StoredSecret.objects.filter(field="field 8").update(wrapped_key=b"")

    call_command("rotate_keys")

    told = capsys.readouterr()
    assert f"all {SECRETS - 2} that can be opened are under test" in told.out
    assert "3 passwords cannot be opened" in told.err
    incident = Incident.objects.open().get()
    assert (incident.check_slug, incident.cause) == ("password", "password-unreadable")
    assert Mail.objects.get(kind="incident_opened").address == administrator.email
    settings.ENCRYPTION_KEYS = [NEW]
    assert secret_open(stored, f"field {SECRETS - 1}").reveal() == f"secret {SECRETS - 1}"


@pytest.fixture
def lost(in_use: Place, settings: Settings) -> Place:
    """A connection in use whose password was sealed by a key that is lost."""
    in_use.forget()
    in_use.connection.refresh_from_db()
    settings.ENCRYPTION_KEYS = [OLD]
    return in_use


@pytest.mark.django_db
def test_a_password_whose_key_is_lost_is_asked_for_again_and_nothing_loops(lost: Place) -> None:
    found = lost.again()

    assert failed(found) == {"sign_in": "password-unreadable"}
    assert [incident.check_slug for incident in Incident.objects.open()] == ["password"]
    with pytest.raises(Refused, match="Enter it again"):
        verification_request(connection=lost.connection, actor=lost.actor)
    Connection.objects.update(next_watch_at=timezone.now())
    watch_dispatch()
    assert not Verification.objects.active().exists()
    assert lost.asked()["count"] == 0
    assert Mail.objects.filter(kind="incident_opened").count() == 1


@pytest.mark.django_db
def test_the_password_entered_again_ends_the_incident(lost: Place) -> None:
    lost.again()
    with pytest.raises(Refused, match="Enter it again"):
        credentials_save(
            connection=lost.connection, actor=lost.actor, company_id=lost.id, user_id="Beanworks", password=None
        )

    assert failed(lost.verify()) == {}

    assert not Incident.objects.open().exists()
    assert not Connection.objects.get().sign_in_block


@pytest.mark.django_db
def test_the_form_asks_for_a_password_that_cannot_be_opened(lost: Place) -> None:
    lost.again()
    browser = Client()
    browser.force_login(lost.actor)

    page = browser.get(reverse("wizard:stage", args=[lost.connection.pk, "credentials"])).content.decode()

    assert "Enter it again in step 5" in page
    assert "Leave this empty to keep it" not in page
    assert reverse("wizard:unlocked", args=[lost.connection.pk]) not in page


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["rotate", "check"])
def test_a_key_that_is_put_back_ends_the_incident(lost: Place, settings: Settings, act: str) -> None:
    lost.again()
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    forget_processes()

    if act == "rotate":
        call_command("rotate_keys", verbosity=0)
    else:
        verification_request(connection=lost.connection, actor=lost.actor)

    assert not Incident.objects.open().exists()
    assert not Connection.objects.get().sign_in_block


@pytest.mark.django_db
def test_lost_secrets_are_reported_in_one_line_for_each_connection(
    stored: Connection, settings: Settings, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    settings.ENCRYPTION_KEYS = [NEW]

    call_command("rotate_keys")

    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        f"Connection {stored.pk}, Hillside Foods (new) of Hillside Foods: cannot be opened.",
        f"{SECRETS} passwords cannot be opened: an incident asks for each one again.",
    ]
    assert caplog.records == []
