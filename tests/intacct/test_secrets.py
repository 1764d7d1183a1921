"""Put a known secret in every place for secrets, and search for it in all output."""

import copy
import logging
import pickle
import traceback

import pytest

from intacct import errors as e
from intacct import functions
from intacct.errors import UnsendableText
from intacct.request import Login, Sender, SessionKey, build
from intacct.secret import Secret
from intacct.session import Session
from intacct.transport import Transport
from tests.intacct import replies as r
from tests.intacct.company import Company
from tests.intacct.gateway import Answer, Gateway

CANARY = "canary-5c0f"
SENDER = Sender("Sender", Secret(f"{CANARY}-sender"))
LOGIN = Login("ACME", "Beanworks", Secret(f"{CANARY}-user"))


@pytest.mark.parametrize("holder", [Secret(CANARY), SessionKey(CANARY), SENDER, LOGIN])
def test_secret_is_never_shown_or_pickled(holder: object) -> None:
    for shown in (repr(holder), str(holder), f"{holder}", f"{holder!s:>40}", f"{holder}", [holder].__repr__()):
        assert CANARY not in shown
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(holder)
    with pytest.raises(TypeError, match="cannot be pickled"):
        copy.deepcopy(holder)


def test_secrets_are_equal_by_value_and_class() -> None:
    assert Secret("a") == Secret("a")
    assert hash(Secret("a")) == hash(Secret("a"))
    assert Secret("a") != Secret("b")
    assert Secret("a") != SessionKey("a")
    assert Secret("a") != "a"
    assert not Secret("")
    assert Secret("é").reveal() == "é"


def test_repr_of_a_request_shows_only_its_length() -> None:
    request = build(SENDER, LOGIN, [functions.get_api_session()], control_id="r-1")
    assert CANARY.encode() in request
    assert CANARY not in repr(request) + str(request) + f"{request!r}"


def full_report(failed: pytest.ExceptionInfo[Exception]) -> str:
    """Return the traceback as in an error report, with the variables of every frame except the test's own."""
    beyond_the_test = failed.tb.tb_next
    report = traceback.TracebackException(failed.type, failed.value, beyond_the_test, capture_locals=True)
    text = "".join(report.format())
    assert "self = <intacct" in text or "content = " in text
    return text + repr(vars(failed.value))


ECHO = r.control_failure(r.error("XL03000003", f"bad {CANARY}-user", f"bad {CANARY}-sender", f"{CANARY}-user"))


@pytest.mark.parametrize(
    "answer",
    [
        Answer(ECHO),
        Answer(f"<html>{CANARY}</html>", content_type="text/html"),
        Answer(f"{CANARY}", status=500),
        Answer(f"<response>{CANARY}"),
        Answer(silent=True),
        Answer(hang_up=True),
        Answer(r.authentication_failure(r.error("XL03000006", "", f"Sign-in of {CANARY}-user failed"))),
        Answer(r.ok(r.session(f"{CANARY}-session", "https://evil.example/"))),
    ],
)
def test_no_secret_reaches_the_log_the_error_or_the_traceback(
    gateway: Gateway, answer: Answer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway.answers = [answer]
    session = Session(Transport(gateway.endpoint, [gateway.origin], read_timeout=0.2), SENDER, LOGIN)
    with pytest.raises(e.IntacctError) as failed:
        session.call(functions.get_dimensions())
    assert CANARY not in full_report(failed) + caplog.text + "".join(capfd.readouterr())


def test_password_and_session_key_are_not_logged_or_shown(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    company = Company(gateway)
    company.password = f"{CANARY}-user"
    company.names = iter([f"{CANARY}-1", f"{CANARY}-2", f"{CANARY}-3"])
    session = Session(Transport(gateway.endpoint, [gateway.origin]), SENDER, LOGIN)
    reply = session.call(functions.get_dimensions())
    company.before = lambda asked: company.sessions.clear()
    with pytest.raises(e.SessionExpired) as failed:
        session.call(functions.get_dimensions())
    assert company.logins == 2
    # urllib3 did log every request, so the log was captured.
    assert sum(record.name == "urllib3.connectionpool" for record in caplog.records) >= len(gateway.asked)
    assert CANARY not in full_report(failed) + caplog.text + repr(reply) + repr(vars(session))


def test_unsendable_password_is_not_quoted() -> None:
    login = Login("ACME", "Beanworks", Secret(f"{CANARY}\x00"))
    with pytest.raises(UnsendableText) as failed:
        build(SENDER, login, [functions.get_api_session()], control_id="r-1")
    assert CANARY not in full_report(failed)
