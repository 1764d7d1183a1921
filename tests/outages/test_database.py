"""PostgreSQL down, frozen, restarted, or with a locked table: pages soon show an error; everything else works."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lxml import html

from local.commands import COMMANDS
from tests.support.postgresql import PostgreSQL
from tests.support.processes import ROOT, answers, wait_until
from tests.support.stack import Live

from .visitor import PASSWORD, Visitor

# Only needed for its schema, which is copied.
pytestmark = pytest.mark.django_db
LARGEST_POOL = 20
"""Connections: the largest allowed value of DATABASE_POOL."""
MANY = 140
"""More requests at once than the web server has threads."""


@pytest.fixture
def visitor(web: Live) -> Visitor:
    """A visitor who is signed in."""
    visitor = Visitor(web.url)
    assert visitor.sign_in("ada@example.com", PASSWORD).status_code == 302
    return visitor


def ask_at_once(visitor: Visitor, path: str, times: int = MANY) -> list[int]:
    with ThreadPoolExecutor(times) as threads:
        return [response.status_code for response in threads.map(visitor.get, [path] * times)]


def heading(page: str) -> str:
    return str(html.document_fromstring(page).xpath("string(//h1)"))


def test_frozen_database_shows_an_error_page(postgresql: PostgreSQL, visitor: Visitor) -> None:
    with postgresql.frozen():
        answer = visitor.get("/connection/")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert heading(answer.text) == "Please try again in a moment"
    assert visitor.get("/connection/").status_code == 200


def test_demonstration_is_not_reset_while_the_database_is_frozen(postgresql: PostgreSQL, web: Live) -> None:
    visitor = Visitor(web.url)
    visitor.get("/demonstration/reset/")
    with postgresql.frozen():
        assert visitor.post("/demonstration/reset/", {"confirmed": "yes"}, "/static/css/base.css").status_code == 503


def test_health_and_files_are_served_while_everyone_waits_for_a_frozen_database(
    postgresql: PostgreSQL, visitor: Visitor
) -> None:
    with postgresql.frozen(), ThreadPoolExecutor(1) as aside:
        waiting = aside.submit(ask_at_once, visitor, "/connection/")
        health = visitor.get("/healthz").json()
        ready, live = visitor.get("/readyz"), visitor.get("/livez")
        style = visitor.get("/static/css/base.css")

        assert health["database"] == "did not answer within 1 s"
        assert (style.status_code, ready.status_code, live.status_code) == (200, 503, 200)
        assert set(waiting.result()) == {503}
    wait_until(lambda: visitor.get("/connection/").status_code == 200, "the database is used again")


def test_database_waits_cannot_use_all_threads() -> None:
    waiting = re.search(r'"max_waiting": (\d+)', (ROOT / "beanworks_connect" / "web_settings.py").read_text())
    threads = re.search(r"--blocking-threads (\d+)", COMMANDS["web"])

    assert waiting
    assert threads
    assert LARGEST_POOL + int(waiting[1]) < int(threads[1])


def test_locked_table_delays_only_pages_that_use_it(postgresql: PostgreSQL, visitor: Visitor) -> None:
    with postgresql.locked("wizard_connection"), ThreadPoolExecutor(1) as aside:
        waiting = aside.submit(ask_at_once, visitor, "/connection/")
        health = visitor.get("/healthz").json()

        assert health["database"] == "ok"
        assert set(waiting.result()) == {503}
        assert visitor.get("/account/").status_code == 200
    assert visitor.get("/connection/").status_code == 200


def test_process_whose_pages_work_is_ready_while_the_database_takes_no_new_connection(
    postgresql: PostgreSQL, visitor: Visitor
) -> None:
    """The probe asked over a connection of its own, and took every process out at once."""
    with postgresql.full():
        assert visitor.get("/connection/").status_code == 200
        assert visitor.get("/readyz").status_code == 200


def test_unsaved_session_is_reported_as_a_database_failure(postgresql: PostgreSQL, visitor: Visitor) -> None:
    """Building an index blocks writes alone."""
    with postgresql.connect() as earlier:
        # A session that was renewed a moment ago is not saved.
        earlier.execute("UPDATE django_session SET expire_date = expire_date - interval '5 minutes'")
    with postgresql.locked("django_session", "SHARE"):
        assert visitor.get("/connection/").status_code == 503
    assert visitor.get("/connection/").status_code == 200


def test_read_only_database_shows_an_error_page(postgresql: PostgreSQL, visitor: Visitor) -> None:
    with postgresql.read_only():
        pages = [visitor.get(path).status_code for path in ("/connection/", "/account/")]
        sign_in = Visitor(visitor.address).sign_in("ada@example.com", PASSWORD)
        health = visitor.get("/healthz").json()

    assert pages == [503, 503]
    assert sign_in.status_code == 503
    assert health["database"] == "takes no writes: it is read-only"
    assert visitor.get("/connection/").status_code == 200


def test_no_request_fails_after_a_restart(postgresql: PostgreSQL, visitor: Visitor) -> None:
    assert set(ask_at_once(visitor, "/connection/", 20)) == {200}

    postgresql.restart()

    assert set(ask_at_once(visitor, "/connection/", 20)) == {200}
    assert [visitor.get("/connection/").status_code for _ in range(20)] == [200] * 20


@pytest.mark.slow
def test_every_page_is_a_503_without_a_database(django_db_setup: None, tmp_path: Path) -> None:
    with Live(tmp_path, DATABASE_URL="postgres://unknown@127.0.0.1:1/nothing") as web:
        web.start()
        wait_until(lambda: answers(web.url), "the web server answers")
        visitor = Visitor(web.url)
        visitor.session.cookies["sessionid"] = "one-that-is-looked-up"

        assert heading(visitor.get("/connection/").text) == "Please try again in a moment"
        assert visitor.get("/static/css/base.css").status_code == 200
        assert visitor.get("/healthz").json()["database"] == "does not answer"
        assert Visitor(web.url).post("/demonstration/reset/", {"confirmed": "yes"}).status_code == 503


def test_form_can_be_resent_after_a_database_failure(postgresql: PostgreSQL, web: Live) -> None:
    visitor = Visitor(web.url)
    visitor.get("/accounts/login/")
    typed = {
        "login": "ada@example.com",
        "password": PASSWORD,
        "csrfmiddlewaretoken": visitor.session.cookies["csrftoken"],
    }
    with postgresql.frozen():
        answer = visitor.session.post(f"{web.url}/accounts/login/", typed, timeout=5)
    assert answer.status_code == 503
    assert PASSWORD not in answer.text

    form = next(html.document_fromstring(answer.text).iter("main")).iter("form", "input")
    fields = {str(field.get("name")): str(field.get("value")) for field in form if field.tag == "input"}
    again = visitor.session.post(
        f"{web.url}/accounts/login/",
        fields | {"password": PASSWORD},
        timeout=5,
        allow_redirects=False,
    )

    assert again.status_code == 302
