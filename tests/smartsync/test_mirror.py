"""The sample consumer in examples/mirror keeps an exact copy, although it is killed again and again."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from api.scopes import Scope
from smartsync.models import ListItem
from tests.api.client import create_token
from tests.support.processes import ROOT, Running, wait_until

from .company import Company
from .test_histories import ACTIONS, OBJECTS, begin

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
KINDS = ["partial", "full"]


class Mirror:
    def __init__(self, site: str, company: Company, token: str, file: Path, *options: str) -> None:
        self.file = file
        self.environment = {**os.environ, "TOKEN": token}
        program = [sys.executable, str(ROOT / "examples" / "mirror" / "mirror.py")]
        self.command = [*program, site, str(company.profile.pk), str(file), *options]

    def start(self) -> subprocess.Popen[bytes]:
        """Start it until it has all records."""
        return subprocess.Popen([*self.command, "--once"], env=self.environment)

    def process(self, folder: Path) -> Running:
        """Return the program as it runs forever."""
        return Running("mirror", self.command, folder, self.environment)

    def query(self, statement: str) -> list[Any]:
        copy = sqlite3.connect(self.file)
        try:
            return copy.execute(statement).fetchall()
        except sqlite3.OperationalError:  # its tables do not exist yet
            return []
        finally:
            copy.close()

    def kill_within_pages(self) -> None:
        before = self.query("SELECT cursor FROM place")
        with self.start() as process:
            wait_until(lambda: self.query("SELECT cursor FROM place") != before, "a page was read")
            process.kill()
        assert process.returncode == -signal.SIGKILL, "it should not have read everything yet"

    def finish(self) -> dict[tuple[str, int], Any]:
        assert self.start().wait(60) == 0
        return self.records()

    def records(self) -> dict[tuple[str, int], Any]:
        rows = self.query("SELECT list, key, fields FROM record")
        return {(name, key): json.loads(fields) for name, key, fields in rows}


def stored(company: Company) -> dict[tuple[str, int], Any]:
    items = ListItem.objects.present().filter(profile=company.profile)
    return {(item.list, item.key): item.fields for item in items}


def test_copy_equals_intacct_after_changes_and_kills(
    company: Company, live_server: Any, support: User, tmp_path: Path
) -> None:
    begin(company, seed=7, scale=5, entity="", formatting={})
    chance = random.Random(7)
    mirror = Mirror(
        live_server.url, company, create_token(support, Scope.READ_RECORDS), tmp_path / "copy.db", "--limit", "3"
    )

    company.sync("full")
    mirror.kill_within_pages()
    for kind in KINDS:
        for name in OBJECTS:
            actions = [[chance.choice(ACTIONS), chance.randrange(31)] for _change in range(10)]
            company.control("edits", object=name, actions=actions, entity="200")
        company.sync(kind)
        mirror.kill_within_pages()

    assert mirror.finish() == stored(company)
    assert company.compared() == {}
