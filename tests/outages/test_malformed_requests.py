"""Every request gets a reply. An unreadable request is a 400 with an explanation, never a 500."""

import encodings.aliases
import io
from collections.abc import Iterator

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from beanworks_connect.wsgi_handler import Handler

pytestmark = pytest.mark.django_db
handler = Handler()
HOST = "localhost"
TOKEN = "a" * 32
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="login"\r\n\r\nada\r\n--b--\r\n'


def send(method: str = "POST", path: str = "/accounts/login/", body: bytes = b"", **environ: str) -> tuple[int, str]:
    """Send a request to the WSGI application. Return the status and the page."""
    path, _, query = path.partition("?")
    request = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": HOST,
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_COOKIE": f"csrftoken={TOKEN}",
        "HTTP_X_CSRFTOKEN": TOKEN,
        "CONTENT_TYPE": FORM,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
    } | environ
    statuses: list[str] = []
    response = handler(request, lambda status, headers, *_: statuses.append(status))  # type: ignore[arg-type]
    page = b"".join(response).decode(errors="replace")
    response.close()
    return int(statuses[0].split()[0]), page


@pytest.fixture(autouse=True)
def _connection_stays_open() -> Iterator[None]:
    """Keep the connection open, because the test's transaction is on it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


CASES: dict[str, dict[str, object]] = {
    "utf-7": {"CONTENT_TYPE": f"{FORM}; charset=utf-7", "body": b"login=a"},
    "utf-16": {"CONTENT_TYPE": f"{FORM}; charset=utf-16", "body": b"login=a"},
    "a charset that decodes bytes to bytes": {"CONTENT_TYPE": f"{FORM}; charset=hex", "body": b"login=a"},
    "an unknown charset": {"CONTENT_TYPE": f"{FORM}; charset=klingon", "body": b"login=a"},
    "multipart with an odd charset": {"CONTENT_TYPE": f"{MULTIPART}; charset=hex", "body": PART},
    "multipart with utf-7": {"CONTENT_TYPE": f"{MULTIPART}; charset=utf-7", "body": PART},
    "multipart with idna": {"CONTENT_TYPE": f"{MULTIPART}; charset=idna", "body": PART},
    "multipart without boundary": {"CONTENT_TYPE": "multipart/form-data", "body": PART},
    "multipart with an endless boundary": {"CONTENT_TYPE": f"multipart/form-data; boundary={'b' * 500}", "body": PART},
    "multipart with a boundary beyond ASCII": {"CONTENT_TYPE": "multipart/form-data; boundary=é", "body": PART},
    "multipart broken off": {"CONTENT_TYPE": MULTIPART, "body": PART[:30]},
    "multipart, bad base64": {
        "CONTENT_TYPE": MULTIPART,
        "body": PART.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n%"),
    },
    "too many fields": {"body": b"&".join(b"a=1" for _ in range(2000))},
    "no length": {"CONTENT_LENGTH": "", "body": b"login=a"},
    "a length that is no number": {"CONTENT_LENGTH": "many", "body": b"login=a"},
    "a negative length": {"CONTENT_LENGTH": "-1", "body": b"login=a"},
    "an endless length": {"CONTENT_LENGTH": "9" * 5000, "body": b"login=a"},
    "a form that broke off": {"CONTENT_LENGTH": "100", "body": b"login=a"},
    "no length, in chunks": {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "body": b"login=a"},
    "a long form, signed out": {"body": b"login=" + b"a" * 100_000},
    "a file": {"CONTENT_TYPE": MULTIPART, "body": PART.replace(b'"login"', b'"login"; filename="a"')},
    "bytes that are not UTF-8": {"body": b"login=%ff%fe&password=\xff"},
    "a percent sign alone": {"body": b"login=%&password=%zz"},
    "NUL in a field": {"body": b"login=%00&password=%00"},
    "NUL in the path": {"method": "GET", "path": "/accounts/\x00/"},
    "NUL in a converter": {"method": "GET", "path": "/accounts/password/reset/key/a\x00-b/"},
    "bytes in the path": {"method": "GET", "path": "/connection/\xff\xfe/"},
    "a surrogate in the path": {"method": "GET", "path": "/accounts/\xed\xa0\x80/"},
    "bytes in the query": {"method": "GET", "path": "/accounts/login/?next=%ff%00&\xff=\xfe"},
    "many query fields": {"method": "GET", "path": "/accounts/login/?" + "a=1&" * 2000},
    "an endless number in the path": {"method": "GET", "path": f"/connection/{'9' * 5000}/sender_id/"},
    "a number beyond bigint in the path": {"method": "GET", "path": f"/connection/{2**63}/sender_id/"},
    "no host": {"HTTP_HOST": ""},
    "another host": {"HTTP_HOST": "evil.example.com"},
    "junk as host": {"HTTP_HOST": "a b<>\x00:99999"},
    "bytes as host": {"HTTP_HOST": "\xff\xfe"},
    "an endless port": {"HTTP_HOST": "localhost:" + "9" * 5000},
    "junk as cookie": {"HTTP_COOKIE": "sessionid=\x00\xff; csrftoken=" + "x" * 5000},
    "a session that is not one": {"method": "GET", "HTTP_COOKIE": "sessionid=%00' OR 1=1"},
    "NUL in the session": {"method": "GET", "HTTP_COOKIE": f'sessionid="{"a" * 20}\\000"'},
    "junk as language": {"method": "GET", "HTTP_ACCEPT_LANGUAGE": "\xff;q=9" * 500},
    "junk as language cookie": {"method": "GET", "HTTP_COOKIE": "django_language=\xff\x00"},
    "junk as address": {"method": "POST", "HTTP_X_FORWARDED_FOR": "\xff\x00, unknown"},
    "an odd method": {"method": "BREW"},
    "a method with bytes": {"method": "G\xffT"},
    "junk as referrer": {"HTTP_REFERER": "http://[", "HTTP_ORIGIN": "http://[\xff"},
    "a JSON list where a form is expected": {"CONTENT_TYPE": "application/json", "body": b"[[[["},
    "no content type": {"CONTENT_TYPE": "", "body": b"login=a"},
    "junk as content type": {"CONTENT_TYPE": "\xff;=;charset", "body": b"login=a"},
    "htmx junk": {
        "method": "GET",
        "HTTP_HX_REQUEST": "true",
        "HTTP_HX_CURRENT_URL": "http://[\xff",
        "HTTP_HX_TRIGGER": "\xff",
    },
    "htmx junk, encoded": {
        "method": "GET",
        "HTTP_HX_CURRENT_URL": "%ff",
        "HTTP_HX_CURRENT_URL_URI_AUTOENCODED": "true",
    },
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/language/setlang/", "/handover/", "/nowhere/"])
def test_no_malformed_request_is_a_500(case: str, path: str) -> None:
    status, page = send(**{"path": path, **CASES[case]})  # type: ignore[arg-type]

    assert status < 500
    if status in (400, 413):
        assert html.document_fromstring(page).xpath("string(//h1)")


TEXT = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=40)


def test_charset_that_cannot_decode_text_is_a_400() -> None:
    status, _ = send("POST", "/accounts/login/?next=/", CONTENT_TYPE=f"{FORM}; charset=quopri_codec")

    assert status == 400


@pytest.mark.slow
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "OPTIONS"]),
    path=TEXT.map("/accounts/login/{}".format) | TEXT.map("/{}".format),
    content=st.sampled_from([FORM, MULTIPART, "text/plain", ""]),
    charset=st.sampled_from(["", *sorted(set(encodings.aliases.aliases.values()))]) | TEXT,
    body=st.binary(max_size=200) | st.binary(max_size=60).map(lambda data: PART[:40] + data + PART[40:]),
    headers=st.dictionaries(st.sampled_from(["HTTP_HOST", "HTTP_REFERER", "HTTP_X_FORWARDED_FOR", "HTTP_RANGE"]), TEXT),
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_request_at_all_is_a_500(
    method: str, path: str, content: str, charset: str, body: bytes, headers: dict[str, str]
) -> None:
    status, _ = send(method, path, body, CONTENT_TYPE=f"{content}; charset={charset}", **headers)

    assert status < 500


REFUSED = ["utf-7", "an unknown charset", "multipart with utf-7", "multipart with an odd charset", "a file",
           "a form that broke off", "no length, in chunks", "a long form, signed out", "an endless length",
           "a negative length", "multipart without boundary", "too many fields"]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_unreadable_request_is_refused_with_an_explanation(case: str) -> None:
    status, page = send(**CASES[case])  # type: ignore[arg-type]

    assert status == (413 if case == "a long form, signed out" else 400)
    assert "We could not read this request" in page
