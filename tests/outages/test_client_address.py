import pytest
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from core.client_address import client_address


def address_of_request(**headers: str) -> str:
    return client_address(RequestFactory().get("/", **headers))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sent", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:41234", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:DB8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
    ],
)
def test_address_seen_by_the_proxy_is_used(settings: Settings, sent: str, address: str) -> None:
    settings.BEHIND_PROXY = True

    assert address_of_request(HTTP_X_FORWARDED_FOR=sent) == address


@pytest.mark.parametrize(
    "sent", ["unknown", "", "203.0.113.7, unknown", "_hidden", "1.2.3.4.5", "\x00", "[::1", "9" * 5000]
)
def test_requests_of_unknown_origin_share_no_limit(settings: Settings, sent: str) -> None:
    settings.BEHIND_PROXY = True

    first, second = address_of_request(HTTP_X_FORWARDED_FOR=sent), address_of_request(HTTP_X_FORWARDED_FOR=sent)

    assert first != second


def test_forwarded_address_is_ignored_without_a_proxy(settings: Settings) -> None:
    settings.BEHIND_PROXY = False

    assert address_of_request(REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR="198.51.100.1") == "203.0.113.7"


def test_the_address_stays_the_same_during_a_request(settings: Settings) -> None:
    settings.BEHIND_PROXY = True
    request = RequestFactory().get("/")

    assert client_address(request) == client_address(request)
