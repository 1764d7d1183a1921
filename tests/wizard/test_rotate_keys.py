"""`manage.py rotate_keys` runs while the product is in use, any number of times."""

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
from core.encryption import key_marks
from core.key_reports import processes_without, report_process
from intacct.secret import Secret
from mail.models import Email
from tests.support.processes import wait_until
from tests.wizard.practice_connection import PracticeConnection, failed
from wizard.models import Connection, Incident, StoredSecret, Verification
from wizard.services import Refused, credentials_save, monitoring_dispatch, verification_request
from wizard.verification.secrets import secret_open, secret_store

OLD = f"old1:{b64encode(b'old1' * 8).decode()}"
# The key that processes of other tests have. They may report it at any time.
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
    """Delete reports of processes, because this process reported other keys before."""
    if names := broker().keys("process:*"):
        broker().delete(*names)


def open_all(connection: Connection) -> list[str]:
    return [secret_open(connection, f"field {number}").reveal() for number in range(SECRETS)]


@pytest.mark.django_db
def test_old_key_is_not_needed_after_rotation(stored: Connection, settings: Settings) -> None:
    call_command("rotate_keys", verbosity=0)
    settings.ENCRYPTION_KEYS = [NEW]
    assert open_all(stored) == [f"secret {number}" for number in range(SECRETS)]


@pytest.mark.django_db
def test_rotation_does_not_encrypt_the_secrets_again(stored: Connection) -> None:
    """The data key is wrapped again, which takes equally long for a secret of any length."""
    before = [bytes(row.envelope) for row in StoredSecret.objects.order_by("pk")]

    call_command("rotate_keys", verbosity=0)

    after = [bytes(row.envelope) for row in StoredSecret.objects.order_by("pk")]
    for old, new in zip(before, after, strict=True):
        assert new.startswith(f"{NEW_ID}\n".encode())
        assert old.partition(b"\n")[2][60:] == new.partition(b"\n")[2][60:]


@pytest.mark.django_db
def test_second_run_changes_nothing(stored: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("rotate_keys")
    before = list(StoredSecret.objects.order_by("pk").values())
    call_command("rotate_keys")
    assert list(StoredSecret.objects.order_by("pk").values()) == before
    assert "0 secrets wrapped again.\nAll that can be opened are under test" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_secrets_are_readable_and_writable_during_rotation(stored: Connection, settings: Settings) -> None:
    stop = Event()
    errors: list[Exception] = []
    done: list[int] = []

    def use() -> None:
        try:
            while not stop.is_set():
                number = len(done) % SECRETS
                secret_store(connection=stored, field=f"field {number}", secret=Secret(f"secret {number}"))
                assert secret_open(stored, f"field {number}").reveal() == f"secret {number}"
                done.append(number)
        except Exception as error:  # noqa: BLE001 - the test reports any error
            errors.append(error)
        finally:
            database.close()

    thread = Thread(target=use)
    thread.start()
    try:
        wait_until(lambda: done or errors, "secrets are in use")
        call_command("rotate_keys", verbosity=0)
    finally:
        stop.set()
        thread.join()
    assert errors == []
    settings.ENCRYPTION_KEYS = [NEW]
    assert open_all(stored) == [f"secret {number}" for number in range(SECRETS)]


@pytest.mark.django_db
def test_processes_can_read_each_others_secrets_during_key_changes(connection: Connection, settings: Settings) -> None:
    """The keys change in four steps. Processes of one step and of the next run at the same time."""
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
def test_rotation_is_refused_while_a_process_lacks_the_new_key(stored: Connection, known: str) -> None:
    report_process([known])
    before = list(StoredSecret.objects.order_by("pk").values())

    with pytest.raises(CommandError, match=f"do not have the key {NEW_ID}"):
        call_command("rotate_keys")

    assert list(StoredSecret.objects.order_by("pk").values()) == before
    report_process(key_marks())
    assert processes_without(key_marks()[0]) == []


@pytest.mark.django_db
def test_rotation_continues_after_an_unreadable_secret(
    stored: Connection, administrator: User, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    secret_store(connection=stored, field="password", secret=Secret("a secret"))
    password = bytes(StoredSecret.objects.get(field="password").envelope)
    StoredSecret.objects.filter(field="password").update(envelope=password[:-1] + b"!")
    StoredSecret.objects.filter(field="field 7").update(envelope=b"lost" + password)
    StoredSecret.objects.filter(field="field 8").update(envelope=b"old1\n")

    call_command("rotate_keys")

    output = capsys.readouterr()
    assert "All that can be opened are under test" in output.out
    assert "3 passwords cannot be opened" in output.err
    incident = Incident.objects.open().get()
    assert (incident.check_slug, incident.cause) == ("password", "password_unreadable")
    assert Email.objects.get(kind="incident_opened").address == administrator.email
    settings.ENCRYPTION_KEYS = [NEW]
    assert secret_open(stored, f"field {SECRETS - 1}").reveal() == f"secret {SECRETS - 1}"


@pytest.fixture
def lost(in_use: PracticeConnection, settings: Settings) -> PracticeConnection:
    """A connection in use whose password was encrypted with a key that is lost."""
    in_use.forget_requests()
    in_use.connection.refresh_from_db()
    settings.ENCRYPTION_KEYS = [OLD]
    return in_use


@pytest.mark.django_db
def test_lost_password_opens_one_incident_and_stops_checks(lost: PracticeConnection) -> None:
    findings = lost.verify_again()

    assert failed(findings) == {"sign_in": "password_unreadable"}
    assert [incident.check_slug for incident in Incident.objects.open()] == ["password"]
    with pytest.raises(Refused, match="Enter it again"):
        verification_request(connection=lost.connection, actor=lost.actor)
    Connection.objects.update(next_check_at=timezone.now())
    monitoring_dispatch()
    assert not Verification.objects.active().exists()
    assert lost.requests()["count"] == 0
    assert Email.objects.filter(kind="incident_opened").count() == 1


@pytest.mark.django_db
def test_entering_the_password_again_closes_the_incident(lost: PracticeConnection) -> None:
    lost.verify_again()
    with pytest.raises(Refused, match="Enter it again"):
        credentials_save(
            connection=lost.connection, actor=lost.actor, company_id=lost.id, user_id="Beanworks", password=None
        )

    assert failed(lost.verify()) == {}

    assert not Incident.objects.open().exists()
    assert not Connection.objects.get().sign_in_block


@pytest.mark.django_db
def test_form_requires_a_password_that_cannot_be_decrypted(lost: PracticeConnection) -> None:
    lost.verify_again()
    browser = Client()
    browser.force_login(lost.actor)

    page = browser.get(reverse("wizard:stage", args=[lost.connection.pk, "credentials"])).content.decode()

    assert "Enter it again. Everything else is saved." in page
    assert "Leave this blank to keep it" not in page
    assert reverse("wizard:unlocked", args=[lost.connection.pk]) not in page


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["rotate", "check"])
def test_restored_key_closes_the_incident(lost: PracticeConnection, settings: Settings, act: str) -> None:
    lost.verify_again()
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    forget_processes()

    if act == "rotate":
        call_command("rotate_keys", verbosity=0)
    else:
        verification_request(connection=lost.connection, actor=lost.actor)

    assert not Incident.objects.open().exists()
    assert not Connection.objects.get().sign_in_block


@pytest.mark.django_db
@pytest.mark.parametrize(("act", "block"), [("rotate", "refused"), ("enter", "")])
def test_incident_of_a_refused_password_that_was_lost_closes(
    lost: PracticeConnection, settings: Settings, act: str, block: str
) -> None:
    """The password stays refused while its key is lost, so another block than that of a lost key is removed."""
    Connection.objects.update(sign_in_block=Connection.SignInBlock.REFUSED)
    lost.connection.refresh_from_db()
    forget_processes()
    call_command("rotate_keys", verbosity=0)
    assert Incident.objects.open().get().check_slug == "password"

    if act == "rotate":
        settings.ENCRYPTION_KEYS = [NEW, OLD]
        forget_processes()
        call_command("rotate_keys", verbosity=0)
    else:
        assert failed(lost.verify()) == {}

    assert not Incident.objects.open().exists()
    assert Connection.objects.get().sign_in_block == block


@pytest.mark.django_db
def test_lost_secrets_are_reported_once_per_connection(
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
