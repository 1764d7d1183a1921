"""One request to a receiver: to the address that was checked, in limited time, with a limited response."""

import socket
import ssl
import struct
import threading
from asyncio import SelectorEventLoop
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pytest_django.fixtures import Settings

from core.outgoing import transport
from core.outgoing.errors import NotSent
from core.outgoing.transport import MOST, PORTS, Answer, begin
from tests.support.processes import free_port
from tests.support.receiver import Receiver

HOST = "hooks.example.com"


def post(*values: Any, **options: Any) -> Answer:
    return begin(transport.send(*values, **options)).result()


def send(url: str, addresses: Sequence[str] = ("127.0.0.1",), seconds: float = 5.0) -> Answer:
    return post(url, b"{}", {"webhook-id": "evt_1"}, seconds=seconds, look_up=lambda host, port: addresses)


def reason_of(url: str, addresses: Sequence[str] = ("127.0.0.1",), seconds: float = 5.0) -> str:
    with pytest.raises(NotSent) as failure:
        send(url, addresses, seconds)
    return failure.value.reason


def echo(connection: socket.socket) -> None:
    """Answer with the request, which may arrive in parts: what is left unread would reset the connection."""
    request = part = connection.recv(65_536)
    while part and not request.endswith(b"{}"):
        part = connection.recv(65_536)
        request += part
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + request)


@contextmanager
def server(behave: Callable[[socket.socket], object], address: str = "127.0.0.1") -> Iterator[str]:
    """Accept one connection and let `behave` answer it. Yields the URL."""

    def serve() -> None:
        connection, _address = listener.accept()
        with connection:
            try:
                behave(connection)
            except OSError:
                return

    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://{HOST}:{listener.getsockname()[1]}/"
    thread.join()


def drip(first: bytes) -> Callable[[socket.socket], None]:
    def behave(connection: socket.socket) -> None:
        connection.sendall(first)
        ended = threading.Event()
        while not ended.wait(0.05):
            connection.sendall(b"x")

    return behave


def test_host_and_path_are_those_of_the_url(receiver: Receiver) -> None:
    port = receiver.url.split(":")[2].split("/")[0]

    assert send(f"http://{HOST}:{port}/hooks?of=beanworks").status == 204

    [request] = receiver.taken
    assert (request.path, request.headers["Host"]) == ("/hooks?of=beanworks", f"{HOST}:{port}")
    assert (request.headers["webhook-id"], request.body) == ("evt_1", "{}")


def test_name_is_looked_up_once(receiver: Receiver) -> None:
    """Of a name that leads to a public address at first and then to another one, only the first is used."""
    answers = [["127.0.0.1"], ["10.0.0.1"]]

    post(receiver.url, b"{}", {}, look_up=lambda host, port: answers.pop(0))

    assert answers == [["10.0.0.1"]]
    assert len(receiver.taken) == 1


@pytest.mark.parametrize("addresses", [["10.0.0.1"], ["127.0.0.1", "169.254.169.254"], ["8.8.8.8", "::ffff:127.0.0.1"]])
def test_nothing_is_sent_if_one_address_is_not_allowed(receiver: Receiver, addresses: list[str]) -> None:
    assert reason_of(receiver.url.replace("http:", "https:"), addresses) == "forbidden"
    assert receiver.taken == []


def test_loopback_is_refused_outside_practice_mode(receiver: Receiver, settings: Settings) -> None:
    settings.PRACTICE = False
    assert reason_of(receiver.url) == "forbidden"
    assert receiver.taken == []


def test_name_that_the_resolver_leads_to_this_machine_is_refused(receiver: Receiver, settings: Settings) -> None:
    """With the resolver of the system. The answer that was checked is the one that is used: no second look-up."""
    settings.PRACTICE = False
    port = receiver.url.split(":")[2].split("/")[0]
    with pytest.raises(NotSent) as failure:
        post(f"https://localhost:{port}/", b"{}", {})
    assert failure.value.reason == "forbidden"
    assert receiver.taken == []


def test_name_that_changes_its_address_gets_a_connection_to_the_one_that_was_checked(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a resolver that answers a public address first, and then that of this machine ("DNS rebinding")."""
    settings.PRACTICE = False
    answers = ["93.184.216.34", "127.0.0.1"]
    connections = []

    def resolve(host: str, port: int, **_: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0) if host == HOST else host, port))]

    async def connect(_loop: object, _sock: object, address: tuple[str, int]) -> None:
        connections.append(socket.getaddrinfo(*address)[0][4])  # as the real one does for a name
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(SelectorEventLoop, "sock_connect", connect)
    with pytest.raises(NotSent):
        post(f"https://{HOST}/", b"{}", {})

    assert connections == [("93.184.216.34", 443)]


def test_proxy_of_the_environment_is_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    assert send(receiver.url).status == 204


def test_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.statuses = [307]
    assert send(receiver.url).status == 307
    assert len(receiver.taken) == 1


def test_next_address_is_tried_if_one_takes_no_connection(receiver: Receiver) -> None:
    assert send(receiver.url, ["127.0.0.2", "127.0.0.1"]).status == 204


def test_host_may_be_an_ipv6_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a port, its last part is not taken for one."""
    with server(echo, "::1") as url:
        monkeypatch.setitem(PORTS, "http", urlsplit(url).port)
        assert "Host: [2606:4700::1a]\r\n" in send("http://[2606:4700::1a]/", ["::1"]).text


def test_host_that_takes_no_connection_is_unreachable() -> None:
    assert reason_of(f"http://{HOST}:{free_port()}/") == "unreachable"


def test_answer_that_is_not_http_is_unreachable() -> None:
    with server(lambda connection: connection.sendall(b"220 mail.example.com ESMTP\r\n")) as url:
        assert reason_of(url) == "unreachable"


def test_only_the_start_of_a_response_is_read(receiver: Receiver) -> None:
    receiver.statuses, receiver.answer = [500], b"\0x" * MOST
    answer = send(receiver.url)
    assert (answer.status, len(answer.text)) == (500, MOST)
    assert "\0" not in answer.text


@pytest.mark.parametrize("size", [b"-1", b"-5"])
def test_negative_length_of_a_chunk_does_not_read_without_end(size: bytes) -> None:
    def send_without_end(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 500 Error\r\nTransfer-Encoding: chunked\r\n\r\n" + size + b"\r\n")
        while True:
            connection.sendall(b"x" * MOST)

    with server(send_without_end) as url:
        assert send(url) == Answer(500, "")


def test_receiver_that_resets_the_connection_at_once_is_unreachable() -> None:
    closed = threading.Event()

    def reset(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        closed.set()

    def late() -> ssl.SSLContext:
        assert closed.wait(5)
        return ssl.create_default_context()

    with server(reset) as url, pytest.raises(NotSent) as failure:
        post(url.replace("http:", "https:"), b"{}", {}, look_up=lambda *_: ["127.0.0.1"], tls=late)
    assert failure.value.reason == "unreachable"


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        b"HTTP/1.1 103 Early Hints\r\n\r\n",
    ],
    ids=["status", "header", "after an informational response"],
)
def test_dripping_response_ends_in_time(start: bytes) -> None:
    """A time-out of the socket would start again with each byte, and what is read would be whole in minutes."""
    with server(drip(start)) as url:
        assert reason_of(url, seconds=0.4) == "timeout"


@pytest.mark.parametrize("head", [b"", b"Content-Length: 99999\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_answer_counts_from_its_head_also_if_its_body_drips(head: bytes) -> None:
    with server(drip(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")) as url:
        assert send(url, seconds=0.4).status == 200


@pytest.mark.parametrize("status", [200, 500])
def test_answer_whose_body_is_cut_off_counts(status: int) -> None:
    answer = f"HTTP/1.1 {status} Status\r\nContent-Length: 99\r\n\r\nhalf".encode()

    def cut(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(answer)

    with server(cut) as url:
        assert send(url) == Answer(status, "half")


def test_informational_responses_come_before_the_answer() -> None:
    hints = b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"

    def inform(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(hints)
        connection.sendall(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n")

    with server(inform) as url:
        assert send(url) == Answer(429, "", "7")


def test_informational_responses_without_end_end_in_time() -> None:
    def inform(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100)

    with server(inform) as url:
        assert reason_of(url, seconds=0.4) == "timeout"


def test_switch_of_protocols_is_no_answer() -> None:
    with server(lambda connection: connection.sendall(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n")) as url:
        assert reason_of(url) == "unreachable"


def test_lookup_ends_in_time() -> None:
    answered = threading.Event()
    with pytest.raises(NotSent) as failure:
        post(f"https://{HOST}/", b"{}", {}, seconds=0.01, look_up=lambda *_: [str(answered.wait(5))])
    answered.set()
    assert failure.value.reason == "timeout"


def test_dripping_handshake_ends_in_time() -> None:
    with server(drip(b"\x16\x03\x03\x40\x00")) as url:
        assert reason_of(url.replace("http:", "https:"), seconds=0.4) == "timeout"


def test_silent_receiver_ends_in_time(receiver: Receiver) -> None:
    receiver.is_open.clear()
    assert reason_of(receiver.url, seconds=0.2) == "timeout"


def test_hundreds_of_silent_receivers_delay_no_other_and_take_no_thread(receiver: Receiver) -> None:
    """The system accepts their connections, and no one ever reads from them."""
    with socket.create_server(("127.0.0.1", 0), backlog=500) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        waiting = [send_to(url) for _ in range(400)]
        assert send_to(receiver.url).result().status == 204
        assert not any(answer.done() for answer in waiting)
        threads = [thread.name for thread in threading.enumerate()]
        assert len([name for name in threads if not name.startswith("webhook-lookup")]) < 20
    for answer in waiting:
        answer.cancel()


def send_to(url: str) -> Future[Answer]:
    return begin(transport.send(url, b"{}", {}, look_up=lambda *_: ["127.0.0.1"]))


def tls_server(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the contexts of a receiver with a certificate for this name, and of a sender that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    certificate = builder.sign(key, SHA256()).public_bytes(Encoding.PEM)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / "certificate.pem"
    file.write_bytes(private + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, ssl.create_default_context(cadata=certificate.decode())


@pytest.mark.parametrize(("name", "result"), [(HOST, 204), ("other.example.com", "tls")])
def test_certificate_must_be_for_the_name_of_the_url(
    receiver: Receiver, tmp_path: Path, name: str, result: object
) -> None:
    own, trusting = tls_server(name, tmp_path)
    named: list[str] = []
    own.sni_callback = lambda sock, server_name, context: named.append(server_name)
    receiver.encrypt(own)
    url = receiver.url.replace("http:", "https:").replace("127.0.0.1", HOST)

    try:
        answered: object = post(url, b"{}", {}, look_up=lambda *_: ["127.0.0.1"], tls=lambda: trusting).status
    except NotSent as failure:
        answered = failure.reason

    assert answered == result
    assert named == [HOST]
