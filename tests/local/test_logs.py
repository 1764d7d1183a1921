"""Addresses with secrets in the product's logs, for every log handler."""

import html
import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client, RequestFactory
from django.urls import URLResolver, get_resolver
from django.views.debug import ExceptionReporter
from pytest_django.fixtures import Settings

from accounts.models import User
from beanworks_connect.error_pages import server_error
from beanworks_connect.logs import JsonLines, redact
from core.request_ids import set_request_id

CANARY = "canary-9f3aXq7"


@pytest.fixture(params=["", "django", "django.request", "django.server", "celery.worker"])
def log(request: pytest.FixtureRequest) -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger with its own handler, as Django and Celery have, and the handler's output."""
    logger, written = logging.getLogger(request.param), io.StringIO()
    handler = logging.StreamHandler(written)
    logger.addHandler(handler)
    yield logger, written
    logger.removeHandler(handler)


class Request:
    """An object that is not text, but whose text is the address."""

    def __init__(self, address: str) -> None:
        self.address = address

    def __str__(self) -> str:
        return f"<Request {self.address}>"


ADDRESSES = [
    "/handover/{}/",
    "/test-bill/{}/",
    "/arrival/{}/",
    "/account/invitation/{}/x/",
    "/accounts/password/reset/key/{}/",
    "/accounts/login/?next=%2Fhandover%2F{}%2F",
    "https://connect.example.com/handover/{}/?from=email",
    "/accounts/single-sign-on/back/?state=abc&code={}",
    "/x/?token={}&a=1",
    "/x/?id_token={}",
    "/handover//{}/",
]


def test_logged_text_cannot_start_a_new_line(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log

    logger.error("Not Found: %s", "/x\r\n2026-01-01 ERROR audit: forged")

    assert len(written.getvalue().splitlines()) == 1


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("kind", [str, Request, lambda address: {"path": address}, lambda address: ValueError(address)])
def test_an_address_is_logged_without_its_secret(
    log: tuple[logging.Logger, io.StringIO], address: str, kind: type
) -> None:
    logger, written = log

    logger.error("Not Found: %s", kind(address.format(CANARY)))

    assert "…" in written.getvalue()
    assert CANARY not in written.getvalue()


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_exception_is_logged_without_the_secret_in_it(log: tuple[logging.Logger, io.StringIO], address: str) -> None:
    logger, written = log

    try:
        raise RuntimeError(address.format(CANARY))
    except RuntimeError:
        logger.exception("Internal Server Error")

    assert "RuntimeError" in written.getvalue()
    assert CANARY not in written.getvalue()


def secret_paths(patterns: list[Any], before: str = "/") -> Iterator[str]:
    """Yield every path of the product that contains a secret, with the canary as its secret."""
    for pattern in patterns:
        path = before + str(pattern.pattern).lstrip("^").removesuffix("$")
        if isinstance(pattern, URLResolver):
            yield from secret_paths(pattern.url_patterns, path)
        elif re.search(SECRET_PART, path):
            yield re.sub(r"\(\?P<.*?\)", "1", re.sub(SECRET_PART, CANARY, path))


SECRET_PART = r"<(?:str|slug):(?:token|key)>|\(\?P<key>.*?\)"


def test_every_link_with_a_secret_is_redacted() -> None:
    """The link that turns emails off was not."""
    paths = list(secret_paths(get_resolver().url_patterns))

    assert len(paths) >= 5
    assert [path for path in paths if CANARY in redact(path)] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("INSERT INTO core_backup (id, place, size) VALUES (1, %s, 1)", CANARY),  # the row that lacks a time
        ("SELECT %s::int", f"{CANARY}\n\n{CANARY}"),
        ("SELECT %s::jsonb", f'{{"{CANARY}'),
    ],
)
def test_values_that_postgresql_quotes_are_not_logged(
    log: tuple[logging.Logger, io.StringIO], statement: str, value: str
) -> None:
    logger, written = log

    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [value])
    except DatabaseError as error:
        logger.exception("Attempt failed: %s", error)

    assert "The above exception was the direct cause" in written.getvalue()
    assert CANARY not in written.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/handover/{}/x/", "/account/invitation/{}/x/"])
def test_unknown_address_is_logged_without_its_secret(
    client: Client, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    assert client.get(path.format(CANARY)).status_code == 404
    assert f"Not Found: {path.format('…')}" in caplog.text
    assert CANARY not in caplog.text


def test_refused_page_is_logged_without_a_traceback(
    client: Client, administrator: User, caplog: pytest.LogCaptureFixture
) -> None:
    client.force_login(administrator)

    assert client.get("/beanworks/queue/").status_code == 403

    assert "Forbidden (Permission denied): /beanworks/queue/" in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("debug", [True, False])
def test_an_error_report_shows_no_secret(settings: Settings, debug: bool) -> None:
    settings.DEBUG = debug
    typed = dict.fromkeys(["password", "oldpassword", "password1", "code", "credential", "secret"], CANARY)
    request = RequestFactory().post("/", typed)
    request.COOKIES["sessionid"] = CANARY

    try:
        password = CANARY
        raise RuntimeError(len(password))
    except RuntimeError as error:
        report = ExceptionReporter(request, type(error), error, error.__traceback__)

    shown = report.get_traceback_text() + report.get_traceback_html()
    own = [settings.SECRET_KEY, settings.ENCRYPTION_KEYS[0], settings.REDIS_URL, settings.INTACCT_SENDER_PASSWORD]
    for secret in [CANARY, settings.DATABASES["default"]["PASSWORD"], *own]:
        assert secret not in shown
        assert html.escape(secret) not in shown


def test_a_line_of_json_has_the_request_and_only_known_fields() -> None:
    logger, written = logging.getLogger("json"), io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    logger.addHandler(handler)
    set_request_id("click-12345")

    try:
        raise RuntimeError(f"/handover/{CANARY}/")
    except RuntimeError:
        logger.exception("Sync %s\nfailed", 12, extra={"row": 12, "request": CANARY, "body": CANARY})
    logger.removeHandler(handler)

    [line] = written.getvalue().splitlines()
    assert CANARY not in line
    given = json.loads(line)
    assert given["time"].endswith("+00:00")
    assert given.items() >= {
        "level": "ERROR", "logger": "json", "message": "Sync 12\\nfailed", "request_id": "click-12345", "row": 12,
    }.items()  # fmt: skip
    assert given.keys() == {"level", "logger", "message", "request_id", "row", "time", "exc_info"}


def test_error_page_shows_the_id_under_which_the_log_has_the_request() -> None:
    """A user who quotes it leads support to the lines of the log."""
    set_request_id("click-12345")

    try:
        raise RuntimeError
    except RuntimeError:
        page = server_error(RequestFactory().get("/"))

    assert "Your reference for support: <code>click-12345</code>" in page.content.decode()


@pytest.mark.django_db
def test_request_is_logged_by_names_and_keys(
    administrator: User, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    settings.PRACTICE, settings.SECURE_SSL_REDIRECT = False, False
    client = Client(headers={"X-Request-ID": "click-12345"})
    client.force_login(administrator)
    caplog.set_level("INFO")

    client.get("/account/", {"token": CANARY})

    [record] = [record for record in caplog.records if hasattr(record, "view")]
    assert record.getMessage().startswith("GET accounts:profile 200, ")
    assert vars(record).items() >= {"user_id": administrator.pk, "request_id": "click-12345"}.items()
