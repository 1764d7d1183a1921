"""Starts PostgreSQL and the broker, and sets the practice company's address, before the settings are read.

Every test process gets them through its environment, so plain `pytest` works like `scripts/test`:
- PostgreSQL is shared, and pytest-django creates a database in it for each process;
- each process has its own broker, because queues have the same names everywhere. If REDIS_URL is set outside, each
  process uses the database with its own number there.
"""

import os
import shlex
import subprocess
import sys
from shutil import rmtree
from tempfile import mkdtemp
from urllib.parse import urlsplit

import django

from .database import copy_migrated_tables
from .processes import ROOT, free_port
from .shortcuts import take_shortcuts

NEEDED = {"DATABASE_URL", "REDIS_URL"}
FIXED = {
    "PRACTICE": "1",
    "SECRET_KEY": "for tests only " * 4,
    "ENCRYPTION_KEYS": f"test:{'A' * 43}=",
    "INTACCT_SENDER_PASSWORD": "the sender's password in tests",
    # A test that kills a worker waits until the row's lease expires and the sweeper runs.
    "LEASE_SECONDS": "3",
    "SWEEP_SECONDS": "1",
    # Playwright's event loop runs in the thread that uses the database. This is safe, but Django cannot detect it.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
    "METRICS_TOKEN": "only those who monitor know it",
}
lenders: list[subprocess.Popen[str]] = []


def provide() -> None:
    """Set the environment variables, start the services that are not running yet, and set up Django."""
    if number := os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw"):
        _leave_shared_broker(number)
    practice = f"http://127.0.0.1:{free_port()}"
    os.environ.update(FIXED, PRACTICE_ADDRESS=practice, INTACCT_ENDPOINT=f"{practice}/ia/xml/xmlgw.phtml")
    # The web server and the worker of a test process count together.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = mkdtemp(prefix="metrics-")
    if missing := NEEDED - os.environ.keys():
        _borrow(len(missing))
    os.environ["DJANGO_SETTINGS_MODULE"] = "beanworks_connect.settings"
    django.setup()
    take_shortcuts()
    copy_migrated_tables()
    # Otherwise pytest-django sees it in the processes that xdist starts, and reads the settings before we do.
    del os.environ["DJANGO_SETTINGS_MODULE"]


def pytest_unconfigure() -> None:
    for lender in lenders:
        with lender:  # closes its stdin, which stops it
            pass
    rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def _leave_shared_broker(number: str) -> None:
    url = urlsplit(os.environ.pop("REDIS_URL"))
    if url.scheme != "unix":
        os.environ["REDIS_URL"] = url._replace(path=f"/{number}").geturl()


def _borrow(missing: int) -> None:
    """Start the missing services. They run as long as this process."""
    command = [sys.executable, "-m", "local", "services"]
    lender = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    lenders.append(lender)
    for _ in range(missing):
        line = lender.stdout.readline() if lender.stdout else ""
        name, value = shlex.split(line)[1].split("=", 1)
        os.environ[name] = value


provide()
