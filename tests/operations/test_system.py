"""The page and the command that show what runs, what waits and which settings are in force."""

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection as database
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from beanworks_connect import VERSION
from beanworks_connect.environment import Environment
from beanworks_connect.environment.variables import CHECKS, SHOWN_TEXTS
from beanworks_connect.heartbeat import BEAT
from beanworks_connect.heartbeat import report as report_life
from beanworks_connect.settings import env
from beanworks_connect.system.data_sections import backup_section, key_section, retention_section, storage_section
from beanworks_connect.system.report import report
from beanworks_connect.system.section import Section
from beanworks_connect.system.settings_section import settings_section, shown_value
from beanworks_connect.system.work_sections import queue_section
from core.broker import broker
from core.encryption import encrypt
from core.models import Backup, KeyCanary, Pruning
from core.queue_states import QUEUES
from mail.models import Email
from tests.support.processes import ROOT
from tests.wizard.pages.reading import words
from wizard.models import Connection, StoredSecret

CANARY = "canary-7f3a9c"


def printed() -> str:
    output = io.StringIO()
    call_command("system_report", stdout=output)
    return output.getvalue()


def test_every_setting_is_shown_with_what_is_in_force() -> None:
    rows = {name: (value, source) for name, value, source in settings_section().rows}

    assert rows.keys() == CHECKS.keys()
    assert set(CHECKS) - set(env.read) == set(), "the settings do not read them"
    assert rows["SECRET_KEY"][0] == "set"
    assert rows["RETENTION_RUNS_DAYS"] == ("400", "Default")


def test_no_text_is_shown_unless_it_is_known_to_be_public() -> None:
    """A name that someone adds tomorrow is hidden until it is listed."""
    hidden = [name for name in (*CHECKS, "NEW_SERVICE_TOKEN") if name not in SHOWN_TEXTS]

    shown = {shown_value(name, value) for name in hidden for value in (CANARY, [CANARY, "b"], {"PASSWORD": CANARY})}

    assert shown == {"set"}
    assert not [name for name in SHOWN_TEXTS if re.search("KEY|PASSWORD|SECRET|TOKEN|DATABASE|REDIS|EMAIL_URL", name)]
    assert set(CHECKS) >= SHOWN_TEXTS


def test_source_of_a_setting_is_the_environment_if_it_is_set_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDO_MINUTES", "3")
    environment = Environment()
    environment.int("UNDO_MINUTES", default=10)

    assert ("UNDO_MINUTES", "3", "Environment") in settings_section(environment).rows


@pytest.mark.django_db
def test_page_and_command_show_the_same_and_no_secret(support: User, settings: Settings) -> None:
    client = Client()
    client.force_login(support)

    page, console = words(client.get("/beanworks/system/")), printed()

    for title in (section.title for section in report()):
        assert title in page
        assert title in console
    secrets = [settings.SECRET_KEY, settings.INTACCT_SENDER_PASSWORD, *settings.ENCRYPTION_KEYS]
    secrets += [settings.DATABASES["default"]["PASSWORD"], settings.REDIS_URL]
    assert [secret for secret in secrets if secret and secret in page + console] == []


@pytest.mark.parametrize(
    ("length", "problems", "is_open"), [(12, frozenset(), True), (13, frozenset(), False), (13, frozenset({12}), True)]
)
def test_long_section_is_folded_unless_it_has_a_problem(length: int, problems: frozenset[int], is_open: bool) -> None:
    section = Section("Title", "docs/operations.md", ["Name", "Value"], [["A", "1"]] * length, problems)

    assert section.is_open is is_open
    assert section.labeled_rows()[-1] == ("A", [("Value", "1")], bool(problems))


@pytest.mark.django_db
def test_queue_shows_its_worker_and_how_long_the_oldest_row_waits() -> None:
    Email.objects.create(address="a@example.com")
    Email.objects.update(created_at=timezone.now() - timedelta(hours=3))
    report_life(*QUEUES, BEAT)
    broker().delete("heartbeat:mail")

    section = queue_section()

    rows = {name: tuple(rest) for name, *rest in section.rows}
    assert rows["mail"][:3] == ("not in the last day", "1", "3\xa0hours")
    assert rows["syncs"][:3] == ("0 s ago", "0", "0 s")
    assert section.problems == {QUEUES.index("mail")}


@pytest.mark.django_db
def test_report_is_made_without_a_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    unreachable = redis.Redis(host="127.0.0.1", port=1)
    for module in ("beanworks_connect.heartbeat", "core.queue"):
        monkeypatch.setattr(f"{module}.broker", lambda: unreachable)

    section = queue_section()
    assert {heard for _queue, heard, *_rest in section.rows} == {"unknown: the broker does not answer"}
    assert len(section.problems) == len(QUEUES) + 1


@pytest.mark.django_db
def test_last_backup_is_shown_and_its_absence_is_a_problem() -> None:
    assert backup_section().problems

    call_command("record_backup", "first.dump")
    call_command("record_backup", "second.dump", size=3_000_000)

    assert Backup.objects.count() == 1
    assert backup_section().rows[0][1:] == ("2.9\xa0MB", "second.dump")
    assert not backup_section().problems


@pytest.mark.django_db
@pytest.mark.parametrize("given", [[""], [" "], ["x", "--size=-1"], ["x", "--size=" + "9" * 30], ["x", "--size=1.5"]])
def test_backup_that_cannot_be_recorded_is_refused(given: list[str]) -> None:
    with pytest.raises(CommandError, match="must "):
        call_command("record_backup", *given)


@pytest.mark.django_db
def test_errors_of_the_last_night_are_shown() -> None:
    Pruning.objects.create(
        day="2026-11-01", state="done", finished_at=timezone.now(), removed={"emails": 1200, "runs": 34},
        errors={"runs": "2 rows"},
    )  # fmt: skip

    section = retention_section()

    assert section.rows[0][1:] == ("1234", "runs: 2 rows")
    assert section.problems == {0}


@pytest.mark.django_db
def test_key_that_secrets_need_and_no_one_has_is_shown(connection: Connection, settings: Settings) -> None:
    KeyCanary.objects.all().delete()
    known = settings.ENCRYPTION_KEYS[0].partition(":")[0]
    StoredSecret.objects.create(connection=connection, field="a", envelope=encrypt(b"1", b""))
    StoredSecret.objects.create(connection=connection, field="b", envelope=b"lost\n" + b"\n" * 90)

    section = key_section()

    assert section.rows == [
        (known, "encrypts and decrypts", "1"), ("lost", "missing: these secrets cannot be opened", "1"),
    ]  # fmt: skip
    assert section.problems == {1}


@pytest.mark.django_db
def test_table_that_was_never_analyzed_shows_no_number_of_rows() -> None:
    with database.cursor() as cursor:
        cursor.execute("CREATE TABLE not_analyzed (id int)")

    assert {row[0]: row[3] for row in storage_section().rows}["not_analyzed"] == "–"


@pytest.mark.django_db
def test_storage_shows_every_table() -> None:
    names = {row[0] for row in storage_section().rows}

    assert {"wizard_connection", "mail_notification", "cache"} <= names


@pytest.mark.django_db
def test_every_section_is_documented() -> None:
    for section in report():
        path, _, anchor = section.documented.partition("#")
        headings = re.findall("^#+ (.+)$", (ROOT / path).read_text(), re.MULTILINE)
        assert not anchor or anchor in {heading.lower().replace(" ", "-") for heading in headings}, section.title


def test_version_is_that_of_the_project() -> None:
    assert f'version = "{VERSION}"' in Path(ROOT / "pyproject.toml").read_text()
