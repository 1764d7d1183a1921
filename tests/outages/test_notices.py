"""Beanworks' own users see on their pages which part of the product does not work, and its effect."""

import time
from collections.abc import Iterator

import pytest
from django.test import Client
from lxml import html
from pytest_django.fixtures import Settings

from accounts.models import User
from beanworks_connect import outage_notices
from beanworks_connect.heartbeat import BEAT, broker, report
from core.queue_states import QUEUES
from tests.support.processes import wait_until
from tests.support.valkey import Valkey, own_valkey

pytestmark = pytest.mark.django_db


@pytest.fixture
def valkey(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Valkey]:
    """A broker with a recent heartbeat of every part."""
    with own_valkey() as valkey:
        settings.REDIS_URL = valkey.url
        broker.cache_clear()
        report(*QUEUES, BEAT)
        monkeypatch.setattr(outage_notices, "known", outage_notices._Known())
        yield valkey
        valkey.wake()
    broker.cache_clear()


@pytest.fixture
def browser(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create(email="sue@example.com", name="Sue", kind=User.Kind.SUPPORT))
    return client


def shown_notices(browser: Client, path: str) -> list[str]:
    response = browser.get(path)
    assert response.status_code == 200
    outage_notices = html.document_fromstring(response.content).iter("div")
    return [
        " ".join(map(str, notice.itertext())).strip()
        for notice in outage_notices
        if "notice" in notice.get("class", "").split()
    ]


BOARD = "/beanworks/board/"
PAGES = [BOARD, "/beanworks/queue/"]


@pytest.mark.parametrize("path", PAGES)
def test_no_notice_is_shown_while_everything_works(valkey: Valkey, browser: Client, path: str) -> None:
    assert shown_notices(browser, path) == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("name", "words"), [("syncs", "Background workers are not running"), (BEAT, "The scheduler is not running")]
)
def test_notice_names_a_silent_part_and_its_effect(
    valkey: Valkey, browser: Client, path: str, name: str, words: str
) -> None:
    valkey.client.delete(f"heartbeat:{name}")

    (sentence,) = shown_notices(browser, path)

    assert sentence.startswith(words)


def test_full_broker_shows_a_notice(valkey: Valkey, browser: Client) -> None:
    valkey.client.config_set("maxmemory", 1)

    assert shown_notices(browser, BOARD)[0].startswith("The message broker is not available")


def test_frozen_broker_shows_a_notice_on_the_first_page_after_a_pause(valkey: Valkey, browser: Client) -> None:
    assert shown_notices(browser, BOARD) == []
    outage_notices.known.asked_at -= 2 * outage_notices.KNOWN_FOR
    valkey.rest()

    begin = time.monotonic()
    page = shown_notices(browser, BOARD)
    assert time.monotonic() - begin < 5

    assert page[0].startswith("The message broker is not available")


def test_frozen_broker_delays_no_page_while_the_board_is_in_use(valkey: Valkey, browser: Client) -> None:
    assert shown_notices(browser, BOARD) == []
    outage_notices.known.asked_at -= outage_notices.KNOWN_FOR
    valkey.rest()

    assert shown_notices(browser, BOARD) == []
    wait_until(lambda: shown_notices(browser, BOARD), "the board says what does not work")
