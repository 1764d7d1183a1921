import socket
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from accounts.models import User
from tests.support.stack import Live

from .visitor import PASSWORD, Visitor, create_administrator

SLOW = 150
"""More than the web server has threads."""
HALF_A_FORM = (
    b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 1000\r\n\r\nlogin="
)


@pytest.fixture
def ada(transactional_db: None) -> User:
    return create_administrator()


@pytest.fixture
def crowd(live: Live) -> Iterator[None]:
    """Connections from one address that send half a form and then stop."""
    with ExitStack() as opened:
        for _ in range(SLOW):
            slow = socket.create_connection(
                ("127.0.0.1", urlsplit(live.url).port or 80), source_address=("127.0.0.2", 0)
            )
            opened.enter_context(slow)
            slow.sendall(HALF_A_FORM)
        yield


def test_slow_forms_from_one_address_do_not_delay_others(live: Live, ada: User, crowd: None) -> None:
    visitor = Visitor(live.url)

    assert visitor.get("/healthz").json()["database"] == "ok"
    assert visitor.get("/static/css/base.css").status_code == 200
    assert visitor.sign_in(ada.email, PASSWORD).status_code == 302
