import gzip
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from intacct import errors as e
from intacct import functions
from intacct.request import Login, Sender, SessionKey, build
from intacct.secret import Secret
from intacct.transport import DELAYS, INTACCT_HOSTS, Exchange, Transport
from tests.intacct import replies as r
from tests.intacct.gateway import Answer, Gateway

SENDER = Sender("Sender", Secret("sender-password"))
PAYLOAD = build(SENDER, SessionKey("s-1"), [functions.get_dimensions()], control_id="r-1")
FINE_BODY = r.ok(r.result("<data/>"))
FINE = Answer(FINE_BODY)
BUSY_BODY = r.control_failure(r.error("GW-0010", "API rate limit exceeded"))
BUSY = Answer(BUSY_BODY, status=429)


class Waits(list[float]):
    """Record how long to wait, without waiting."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def transport(gateway: Gateway, waits: Waits) -> Transport:
    return Transport(gateway.endpoint, [gateway.origin], read_timeout=0.2, sleep=waits)


def failure(transport: Transport, *, repeat: bool = False) -> e.IntacctError:
    with pytest.raises(e.IntacctError) as failed:
        transport.exchange(PAYLOAD, Exchange(repeat=repeat))
    return failed.value


def test_requests_share_one_connection_and_are_compressed(gateway: Gateway, transport: Transport) -> None:
    gateway.answers = [Answer(FINE_BODY, gzipped=True)]
    for _ in range(3):
        assert transport.exchange(PAYLOAD).failure is None
    assert len({asked.connection for asked in gateway.asked}) == 1
    headers = gateway.asked[0].headers
    assert (headers["Content-Type"], headers["Accept-Encoding"]) == ("application/xml", "gzip")


def test_cookies_are_not_sent_with_the_next_request(gateway: Gateway, transport: Transport) -> None:
    gateway.answers = [Answer(FINE_BODY, headers={"Set-Cookie": "company=ACME; Path=/"})]
    transport.exchange(PAYLOAD)
    transport.exchange(PAYLOAD)
    assert "Cookie" not in gateway.asked[1].headers


@pytest.mark.parametrize(
    ("endpoint", "allowed"),
    [
        ("https://api.intacct.com/ia/xml/xmlgw.phtml", True),
        ("https://na12.intacct.com:443/ia/xml/xmlgw.phtml", True),
        ("https://API.Intacct.COM/", True),
        ("http://api.intacct.com/", False),
        ("https://api.intacct.com:8443/", False),
        ("https://intacct.com.evil.example/", False),
        ("https://evilintacct.com/", False),
        ("https://evil.example/.intacct.com", False),
        ("https://evil.example\\.intacct.com/", False),
        ("https://evil.example#.intacct.com/", False),
        ("https://user@api.intacct.com/", False),
        ("https://api.intacct.com@evil.example/", False),
        ("https://[::1", False),
        ("ftp://api.intacct.com/", False),
        ("", False),
    ],
)
def test_only_intacct_over_https_is_allowed(endpoint: str, allowed: bool) -> None:
    assert Transport(allowed_hosts=INTACCT_HOSTS).allows(endpoint) is allowed


def test_practice_company_is_allowed_only_at_its_exact_address() -> None:
    transport = Transport("http://127.0.0.1:8001/x", ["http://127.0.0.1:8001"])
    assert transport.allows("http://127.0.0.1:8001/anything")
    assert not transport.allows("http://127.0.0.1:8002/x")
    assert not transport.allows("https://127.0.0.1:8001/x")


def test_nothing_is_sent_to_another_host(gateway: Gateway) -> None:
    assert type(failure(Transport(gateway.endpoint, INTACCT_HOSTS))) is e.ForbiddenHost
    assert gateway.asked == []


def test_redirect_is_not_followed(gateway: Gateway, transport: Transport) -> None:
    gateway.answers = [Answer(status=307, headers={"Location": gateway.endpoint + "?again"})]
    assert type(failure(transport)) is e.ForbiddenHost
    assert len(gateway.asked) == 1


def test_proxy_of_the_machine_is_not_used(
    gateway: Gateway, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    gateway.answers = [FINE]
    assert transport.exchange(PAYLOAD).failure is None


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (Answer(silent=True), e.NoAnswerInTime),
        (Answer(hang_up=True), e.ConnectError),
        (Answer(FINE_BODY, cut=200), e.ConnectError),
        (Answer(FINE_BODY[:200]), e.TruncatedReply),
        (Answer(FINE_BODY, headers={"Content-Encoding": "gzip"}), e.ConnectError),
        (Answer("<html>", status=502, content_type="text/html"), e.GatewayUnavailable),
        (Answer("", status=524), e.GatewayTimedOut),
    ],
)
def test_every_kind_of_failure_has_its_class(
    gateway: Gateway, transport: Transport, answer: Answer, cause: type
) -> None:
    gateway.answers = [answer]
    assert type(failure(transport)) is cause


def test_closed_port_is_a_connect_error() -> None:
    assert type(failure(Transport("http://127.0.0.1:9/x", ["http://127.0.0.1:9"]))) is e.ConnectError


def test_gateway_without_tls_is_not_trusted(gateway: Gateway) -> None:
    origin = gateway.origin.replace("http:", "https:")
    assert type(failure(Transport(f"{origin}/x", [origin]))) is e.TlsError


def test_deadline_holds_for_a_slow_body(gateway: Gateway) -> None:
    gateway.answers = [Answer(r.ok(r.result("<data/>") * 50), drip=True)]
    transport = Transport(gateway.endpoint, [gateway.origin], read_timeout=5, deadline=0.3)
    began = time.monotonic()
    assert type(failure(transport)) is e.NoAnswerInTime
    assert time.monotonic() - began < 2


def test_body_above_the_limit_is_not_read_to_its_end(
    gateway: Gateway, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intacct.transport.LARGEST_BODY", 1_000_000)
    bomb = gzip.compress(b" " * 50_000_000)
    gateway.answers = [Answer(bomb, headers={"Content-Encoding": "gzip"})]
    tracemalloc.start()
    try:
        assert type(failure(transport, repeat=True)) is e.BodyTooLarge
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
    assert len(gateway.asked) == 1


@pytest.mark.parametrize(("status", "errorno"), [(400, "GW-0011"), (401, "XMLGW_JPP0002")])
def test_refusal_in_xml_is_an_ordinary_reply(gateway: Gateway, transport: Transport, status: int, errorno: str) -> None:
    gateway.answers = [Answer(r.control_failure(r.error(errorno, "Invalid Request")), status=status)]
    reply = transport.exchange(PAYLOAD, Exchange(repeat=True))
    assert reply.failure
    assert (reply.failure.errorno, reply.failure.status) == (errorno, status)
    assert len(gateway.asked) == 1


PASSING = [
    BUSY,
    Answer(status=503),
    Answer("<html>", content_type="text/html"),
    Answer(hang_up=True),
    Answer(FINE_BODY, cut=150),
    Answer(r.ok(r.result_failure(r.error("", "", "The Service is Temporarily Off-line", "Please Try Again Later")))),
    Answer(r.control_failure(r.error("GW-0001", "Unable to process request")), status=500),
]


@pytest.mark.parametrize("trouble", PASSING)
def test_temporary_failure_is_retried(gateway: Gateway, transport: Transport, waits: Waits, trouble: Answer) -> None:
    gateway.answers = [trouble, trouble, FINE]
    reply = transport.exchange(PAYLOAD, Exchange(repeat=True))
    assert reply["f1"].failure is None
    assert len(waits) == 2
    assert all(0 <= wait <= delay for wait, delay in zip(waits, DELAYS, strict=False))


def test_throttled_request_is_always_retried(gateway: Gateway, transport: Transport) -> None:
    gateway.answers = [BUSY, FINE]
    assert transport.exchange(PAYLOAD).temporary_failure is None
    assert len(gateway.asked) == 2


@pytest.mark.parametrize("trouble", PASSING[1:])
def test_request_that_must_not_be_repeated_is_sent_once(
    gateway: Gateway, transport: Transport, trouble: Answer
) -> None:
    gateway.answers = [trouble, FINE]
    with suppress(e.IntacctError):
        assert transport.exchange(PAYLOAD).temporary_failure
    assert len(gateway.asked) == 1


def test_failure_is_raised_after_five_retries(gateway: Gateway, transport: Transport, waits: Waits) -> None:
    gateway.answers = [BUSY]
    reply = transport.exchange(PAYLOAD, Exchange(repeat=True))
    assert type(reply.failure) is e.Throttled
    assert (len(gateway.asked), len(waits)) == (6, 5)


@pytest.mark.parametrize("answer", [Answer(silent=True), Answer(status=524), Answer(status=403)])
def test_permanent_failure_is_not_retried(gateway: Gateway, transport: Transport, answer: Answer) -> None:
    gateway.answers = [answer]
    failure(transport, repeat=True)
    assert len(gateway.asked) == 1


def test_retry_after_is_respected(gateway: Gateway, transport: Transport, waits: Waits) -> None:
    gateway.answers = [Answer(BUSY_BODY, status=429, headers={"Retry-After": "42"}), FINE]
    transport.exchange(PAYLOAD, Exchange(repeat=True))
    assert waits == [42.0]


@pytest.mark.parametrize("asked", ["61", "Fri, 01 Jan 2100 00:00:00 GMT"])
def test_long_retry_after_is_raised_to_the_caller(
    gateway: Gateway, transport: Transport, waits: Waits, asked: str
) -> None:
    gateway.answers = [Answer(BUSY_BODY, status=429, headers={"Retry-After": asked}), FINE]
    trouble = transport.exchange(PAYLOAD, Exchange(repeat=True)).failure
    assert trouble
    assert trouble.retry_after
    assert trouble.retry_after > 60
    assert waits == []


NO_HOUR = f"Fri, 01 Jan 2100 {10**20}:00:00 GMT"


@pytest.mark.parametrize("asked", ["soon", "-1", "Fri, 99 Jan 2100", NO_HOUR, "1e9", "Fri, 01 Jan 1999 00:00:00 GMT"])
def test_unreadable_retry_after_is_ignored(gateway: Gateway, transport: Transport, waits: Waits, asked: str) -> None:
    gateway.answers = [Answer(BUSY_BODY, status=429, headers={"Retry-After": asked}), FINE]
    assert transport.exchange(PAYLOAD, Exchange(repeat=True)).failure is None
    assert 0 <= waits[0] <= DELAYS[0]


def test_no_wait_is_longer_than_the_deadline(gateway: Gateway, waits: Waits) -> None:
    gateway.answers = [Answer(BUSY_BODY, status=429, headers={"Retry-After": "42"}), FINE]
    transport = Transport(gateway.endpoint, [gateway.origin], deadline=30, sleep=waits)
    assert transport.exchange(PAYLOAD, Exchange(repeat=True)).failure
    assert waits == []


def test_slot_is_free_during_the_wait_for_a_retry(gateway: Gateway) -> None:
    inside = []
    seen_while_waiting = []

    @contextmanager
    def gate() -> Iterator[None]:
        inside.append(True)
        yield
        inside.pop()

    transport = Transport(gateway.endpoint, [gateway.origin], sleep=lambda _: seen_while_waiting.append(list(inside)))
    gateway.answers = [BUSY, FINE]
    transport.exchange(PAYLOAD, Exchange(repeat=True, gate=gate))
    assert seen_while_waiting == [[]]


def test_secrets_in_error_texts_are_starred(gateway: Gateway, transport: Transport) -> None:
    gateway.answers = [Answer(r.control_failure(r.error("XL03000003", "", "bad value 'can&ary' in password")))]
    login = Login("ACME", "Beanworks", Secret("can&ary"))
    trouble = transport.exchange(PAYLOAD, Exchange(hide=[login.password])).failure
    assert trouble
    assert trouble.said == "bad value '********' in password"
