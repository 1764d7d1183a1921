"""What the product's log says of an address that holds a secret."""

import io
import logging
from collections.abc import Iterator

import pytest
from django.test import Client

from beanworks_connect.logs import WithoutTokens

CANARY = "canary-9f3aXq7"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the handler of the settings writes."""
    (handler,) = [each for each in logging.getLogger().handlers if any(type(f) is WithoutTokens for f in each.filters)]
    assert isinstance(handler, logging.StreamHandler)
    written = io.StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/handover/{}/x/", "/account/invitation/{}/x/"])
def test_an_address_that_leads_nowhere_is_logged_without_its_secret(
    client: Client, log: io.StringIO, path: str
) -> None:
    assert client.get(path.format(CANARY)).status_code == 404
    assert f"Not Found: {path.format('…')}" in log.getvalue()
    assert CANARY not in log.getvalue()


@pytest.mark.parametrize("path", ["/handover/{}/", "/accounts/password/reset/key/{}/"])
def test_an_error_is_logged_without_it_too(log: io.StringIO, path: str) -> None:
    """As Django does it."""
    try:
        raise RuntimeError
    except RuntimeError:
        logging.getLogger("django.request").exception("%s: %s", "Internal Server Error", path.format(CANARY))
    assert f"Internal Server Error: {path.format('…')}" in log.getvalue()
    assert CANARY not in log.getvalue()
