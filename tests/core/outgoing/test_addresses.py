from urllib.parse import urlsplit

import pytest
from pytest_django.fixtures import Settings

from core.outgoing.addresses import is_allowed, is_public, look_up
from core.outgoing.errors import NotSent

HTTP, HTTPS = urlsplit("http://hooks.example.com/"), urlsplit("https://hooks.example.com/")
PUBLIC = ["8.8.8.8", "203.0.114.1", "2607:f8b0:400a:80b::200e", "2a00:1450:4001:81d::200e"]
NOT_PUBLIC = {
    "this machine": ["127.0.0.1", "127.8.8.8", "::1", "0.0.0.0", "::"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd00:ec2::254"],
    "link-local and metadata": ["169.254.169.254", "fe80::1", "fe80::1%eth0", "fec0::1"],
    "of providers (CGNAT)": ["100.64.0.1", "100.127.255.255"],
    "IPv4-mapped": ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1"],
    "6to4 and Teredo": ["2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "192.88.99.1"],
    "NAT64": ["64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1"],
    "multicast and reserved": ["224.0.0.1", "239.255.255.250", "ff02::1", "240.0.0.1", "255.255.255.255"],
    "documentation and benchmarks": ["192.0.2.1", "198.51.100.1", "198.18.0.1", "2001:db8::1", "3fff::1"],
    "protocols": ["192.0.0.8", "192.0.0.170", "2001:20::1", "2001:2::1"],
}


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_allowed(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address", [pytest.param(each, id=f"{kind} {each}") for kind in NOT_PUBLIC for each in NOT_PUBLIC[kind]]
)
def test_other_address_is_not_allowed(address: str, settings: Settings) -> None:
    settings.PRACTICE = False
    assert not is_allowed(address, HTTPS)


def test_loopback_is_allowed_in_practice_mode_only(settings: Settings) -> None:
    assert is_allowed("127.0.0.1", HTTP)
    settings.PRACTICE = False
    assert not is_allowed("127.0.0.1", HTTP)


def test_practice_mode_allows_no_other_address_without_tls() -> None:
    assert not is_allowed("8.8.8.8", HTTP)
    assert not is_allowed("10.0.0.1", HTTP)


def test_practice_company_in_a_private_network_is_allowed_in_practice_mode_only(settings: Settings) -> None:
    """As in docker-compose.yml, where its name leads to an address of the network of the containers."""
    settings.INTACCT_ENDPOINT = "http://practice:8001/ia/xml/xmlgw.phtml"
    webhooks = urlsplit("http://practice:8001/control/webhooks")
    assert is_allowed("172.18.0.5", webhooks)
    assert not is_allowed("172.18.0.5", urlsplit("http://practice:5432/"))
    assert not is_allowed("172.18.0.5", urlsplit("http://database:8001/"))
    settings.PRACTICE = False
    assert not is_allowed("172.18.0.5", webhooks)


def test_unknown_name_is_reported() -> None:
    with pytest.raises(NotSent) as failure:
        look_up("no such host", 443)
    assert failure.value.reason == "unresolved"
