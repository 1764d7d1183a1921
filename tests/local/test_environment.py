"""The settings check: an invalid environment is refused at start, with all its problems listed."""

import base64
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from beanworks_connect import environment
from beanworks_connect.environment import Environment, problems
from beanworks_connect.environment.variables import CHECKS, SINGLE_SIGN_ON
from local.commands import COMMANDS
from tests.support.processes import ROOT

KEY = base64.b64encode(bytes(range(32))).decode()
GOOD = {
    "SECRET_KEY": "a-good-key-of-letters-and-digits-0123456789-abcdefgh",
    "ENCRYPTION_KEYS": f"k2:{KEY},k1:{KEY}",
    "INTACCT_SENDER_PASSWORD": "$ender:password#1",
    "DATABASE_URL": "postgres://connect:secret@database/connect?sslmode=require",
    "REDIS_URL": "redis://broker:6379/0",
    "SITE_URL": "https://connect.example.com",
    "ALLOWED_HOSTS": "connect.example.com,127.0.0.1",
    "CSRF_TRUSTED_ORIGINS": "https://connect.example.com",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.com:587",
    "MAIL_FROM": "Beanworks Connect <connect@beanworks.com>",
    "SUPPORT_EMAIL": "help@beanworks.com",
    "OUTGOING_ADDRESSES": "203.0.113.7, 203.0.113.16/28,2001:db8::/64",
}
WRONG = {
    "PRACTICE": ["ture", "2"],
    "DEBUG": ["1", "yess"],
    "SECRET_KEY": ["", "short", "a" * 60],
    "ENCRYPTION_KEYS": [
        "",
        ",",
        "k1:short",
        "k1:!!!!",
        "-",
        KEY,
        f":{KEY}",
        f"k1:{KEY},k1:{KEY}",
        f"k1:{KEY[:-4]}",
        f"k 1:{KEY}",
        f"k1:{KEY} ",
    ],
    "INTACCT_SENDER_PASSWORD": ["", " ", "two\nlines", "pass\u200bword", "with Latin-1 \udce9"],
    "INTACCT_SENDER_ID": ["two words", "Bean\tworks"],
    "OUTGOING_ADDRESSES": ["203.0.113.7;203.0.113.8", "203.0.113.300", "our.example.com", "203.0.113.7/28"],
    "INTACCT_ENDPOINT": [
        "api.intacct.com",
        "http://api.intacct.com/ia",
        "https://intacct.example.com/",
        "https://api.intacct.com.evil.com/",
        "https://[",
    ],
    "DATABASE_URL": [
        "",
        "database",
        "postgres://",
        "postgres://host",
        "mysql://host/name",
        "postgres://h:port/name",
        "postgres://h:0/name",
        "postgres://h:70000/name",
        "postgres://h/name?sslmode=nope",
        "postgres://h/name?sslmode=",
        "postgres://h/name?sslmod=require",
        "postgres://h/name?target_session_attrs=main",
        "postgres://h/name?pool=true",
    ],
    "DATABASE_POOL": ["0", "-1", "many", "1000", "1.5", "9" * 5000],
    "REDIS_URL": [
        "",
        "broker:6379",
        "redis://",
        "http://broker",
        "unix://",
        "redis://broker:6379/abc",
        "redis://broker/-1",
        "redis://broker/0/1",
        "redis://broker/0?db=abc",
        "redis://broker:0/0",
        "redis://broker:70000/0",
        "unix:///run/redis?db=x",
        "redis://broker/0?timeout=1",
        "redis://broker/0?socket_timeout=soon",
    ],
    "EMAIL_URL": [
        "",
        "mail.example.com",
        "smtp://",
        "imap://host",
        "smtp://host:port",
        "smtp://host:0",
        "smtp://host:70000",
        "smtp://user@host",
        "smtp://:password@host",
        "dummymail://",
        "consolemail://",
    ],
    "SUPPORT_EMAIL": ["help", "Help <help@example.com>", "a@example.com b@example.com"],
    "MAIL_FROM": [
        "no-address",
        "Beanworks <connect>",
        "Beanworks\nBcc: <a@example.com>",
        "a@example.com\r\nBcc: b@example.com",
        "Bean\u200bworks <a@example.com>",
    ],
    "SITE_URL": [
        "",
        "connect.example.com",
        "http://connect.example.com",
        "https://",
        "https://connect.example.com/app",
        "https://connect.example.com?x=1",
        "ftp://connect.example.com",
        "https://connect.example.com:port",
        "https://user@connect.example.com",
        "https://other.example.com",
        "https://connect.example.com:0",
        "https://connect.example.com:70000",
    ],
    "ALLOWED_HOSTS": [
        "",
        ",",
        ",,",
        "*",
        "other.example.com",
        ".other.example.com",
        "https://connect.example.com",
        "a b",
    ],
    "CSRF_TRUSTED_ORIGINS": ["connect.example.com", "https://a/path", "https://[::1", "https://a:70000"],
    "OIDC_ISSUER": ["login.example.com", "http://login.example.com", "https://login.example.com"],
    "OIDC_NAME": ["Our\nsign-on", "Entr\udce9e"],
    "OIDC_CLIENT_ID": ["connect"],
    "OIDC_CLIENT_SECRET": ["secret"],
    "AUDIT_KEY": ["short"],
    "AUDIT_ANCHOR_FILE": ["/nowhere/anchors", "/", "anchors", "/dev/null/anchors", "/" + "a" * 300],
    "PRODUCT_ROLE": ["r" * 64, "r\udcff"],
    "PG_BIN": ["/nowhere", "/dev/null", "/" + "a" * 300],
    "BEHIND_PROXY": ["maybe"],
    "SECOND_FACTOR_REQUIRED": ["maybe"],
    "CONFIRM_AFTER": ["0", "soon"],
    "SESSION_COOKIE_AGE": ["0", "8h"],
    "SESSION_LONGEST": ["0", "1d"],
    "SWEEP_SECONDS": ["0", "-30", "999999", "half"],
    "LEASE_SECONDS": ["0", "2", "3600"],
    "API_REQUESTS_PER_MINUTE": ["0", "many"],
    "API_RETURN_SITES": ["app.example.com", "https://app.example.com/path", "http://app.example.com"],
    "LOG_LEVEL": ["info", "LOUD"],
    "METRICS_TOKEN": ["short", "é" * 20, "ends with a space, here "],
    "SENTRY_DSN": [
        "sentry.example.com",
        "https://sentry.example.com/1",
        "https://key@sentry.example.com/",
        "ftp://key@host/1",
    ],
}


def test_a_good_environment_has_no_problems() -> None:
    assert problems(GOOD) == []


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    reported = problems(GOOD | {name: value})

    assert reported
    assert all(name in problem for problem in reported)


@pytest.mark.parametrize(
    "given",
    [
        {"REDIS_URL": "redis://:secret@broker/15"},
        {"REDIS_URL": "rediss://broker:6380"},
        {"REDIS_URL": "unix:///run/redis.sock?db=1"},
        {"DATABASE_URL": "postgres:///connect?host=/run/postgresql&sslmode=disable&application_name=connect"},
        {"ALLOWED_HOSTS": ".example.com"},
        {"ALLOWED_HOSTS": "127.0.0.1,[::1]", "SITE_URL": "https://127.0.0.1:8443"},
        {"REDIS_URL": "rediss://broker/0?ssl_cert_reqs=none&socket_timeout=3"},
        {"SENTRY_DSN": "https://key@sentry.example.com/prefix/42"},
        {"EMAIL_URL": "smtp://mail.example.com"},
        {name: f"https://login.example.com/{name}" for name in SINGLE_SIGN_ON},
        {"AUDIT_ANCHOR_FILE": "/tmp/anchors"},
    ],
)
def test_a_right_value_is_accepted(given: dict[str, str]) -> None:
    assert problems(GOOD | given) == []


def test_all_problems_are_reported_together() -> None:
    assert len(problems({})) == 8


def test_no_secret_is_shown() -> None:
    secret = "canary-9f3aXq7"
    names = ("SECRET_KEY", "ENCRYPTION_KEYS", "DATABASE_URL", "REDIS_URL", "EMAIL_URL")

    assert secret not in " ".join(problems(GOOD | dict.fromkeys(names, secret)))


def test_practice_mode_needs_no_public_address() -> None:
    local = {"PRACTICE": "1", "SITE_URL": "http://127.0.0.1:8000", "INTACCT_ENDPOINT": "http://127.0.0.1:8001/ia"}

    assert problems(GOOD | local | {"EMAIL_URL": "", "ALLOWED_HOSTS": ""}) == []
    assert problems(GOOD | local | {"EMAIL_URL": "dummymail://"}) == []


def test_every_variable_that_the_settings_read_has_a_rule() -> None:
    settings = (ROOT / "beanworks_connect" / "settings.py").read_text()

    assert set(re.findall(r'env\.\w+\(\s*"(\w+)"', settings)) == CHECKS.keys()


@pytest.mark.parametrize(("start", "end"), [("", ""), ("", "\n"), ("", "\r\n"), ("", "\n\n"), ("\ufeff", "\r\n")])
def test_bom_and_newline_of_a_secret_file_are_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str, end: str
) -> None:
    file = tmp_path / "password"
    file.write_text(f"{start}$ender password {end}", newline="")
    monkeypatch.delenv("INTACCT_SENDER_PASSWORD")
    monkeypatch.setenv("INTACCT_SENDER_PASSWORD_FILE", str(file))
    monkeypatch.setattr(Environment.ENVIRON, "files_cache", {})

    assert Environment().str("INTACCT_SENDER_PASSWORD") == "$ender password "


def test_missing_secret_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY_FILE", "/nowhere/key")

    assert Environment().problems() == [
        "SECRET_KEY_FILE names a file that cannot be read: [Errno 2] No such file or directory: '/nowhere/key'."
    ]


def test_secret_file_without_an_end_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The start read it until the memory was full."""
    monkeypatch.setenv("SECRET_KEY_FILE", "/dev/zero")

    assert Environment().problems() == [
        "SECRET_KEY_FILE names a file that cannot be read: [Errno 27] It has more than 65536 characters: '/dev/zero'."
    ]


@pytest.fixture
def pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A named pipe that INTACCT_SENDER_PASSWORD_FILE names."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    monkeypatch.delenv("INTACCT_SENDER_PASSWORD")
    monkeypatch.setenv("INTACCT_SENDER_PASSWORD_FILE", str(pipe))
    monkeypatch.setattr(Environment.ENVIRON, "files_cache", {})
    return pipe


def test_pipe_without_a_writer_is_named(pipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The start waited for ever."""
    monkeypatch.setattr(environment, "PATIENCE", 0.0)

    [problem] = Environment().problems()
    assert problem.startswith("INTACCT_SENDER_PASSWORD_FILE names a file that cannot be read: ")


def test_pipe_is_read_to_its_end(pipe: Path) -> None:
    def write() -> None:
        with pipe.open("w") as file:
            for part in ("$ender ", "password\n"):
                file.write(part)
                file.flush()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(write)
        for _reading in range(2):
            assert Environment().str("INTACCT_SENDER_PASSWORD") == "$ender password"


def start(command: str, values: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command.split(), cwd=ROOT, env={**values, "PATH": path}, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("command", ["python manage.py check", COMMANDS["web"], COMMANDS["worker-syncs"]])
def test_no_process_starts_with_a_wrong_environment(command: str) -> None:
    ended = start(command, GOOD | {"SITE_URL": "", "ENCRYPTION_KEYS": "k1:short", "REDIS_URL": "broker"})

    assert (ended.returncode, ended.stdout) == (1, "")
    first, *reported = ended.stderr.splitlines()
    assert first == "The product cannot start:"
    for name, line in zip(("SITE_URL is not set.", "ENCRYPTION_KEYS has", "REDIS_URL must"), reported, strict=True):
        assert name in line


def test_every_variable_is_documented() -> None:
    documented = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "configuration.md").read_text()))

    assert documented >= set(CHECKS)
