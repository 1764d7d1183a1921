import threading
from datetime import UTC, datetime, timedelta

import pytest

from intacct import errors as e
from tests.intacct import replies as r
from tests.intacct.company import ASK, Company, session
from tests.intacct.gateway import Answer


class Shelf:
    """Store sessions in memory."""

    def __init__(self) -> None:
        self.records: dict[str, tuple[bytes, float]] = {}

    def get(self, key: str) -> tuple[bytes, float] | None:
        return self.records.get(key)

    def put(self, key: str, record: bytes, seconds: float) -> None:
        self.records[key] = record, seconds

    def forget(self, key: str) -> None:
        self.records.pop(key, None)


def test_one_sign_in_serves_many_calls_at_the_returned_endpoint(company: Company) -> None:
    here = session(company)
    for _ in range(3):
        here.call(ASK)["f1"].or_raise()
    assert company.logins == 1
    assert [asked.path for asked in company.gateway.asked] == ["/ia/xml/xmlgw.phtml", "/na12", "/na12", "/na12"]


def test_endpoint_outside_the_allowed_hosts_is_refused(company: Company) -> None:
    company.endpoint = "https://api.intacct.com.evil.example/ia/xml/xmlgw.phtml"
    with pytest.raises(e.ForbiddenHost, match=r"evil\.example"):
        session(company).login()
    assert len(company.gateway.asked) == 1


def test_wrong_password_is_tried_only_once(company: Company) -> None:
    here = session(company, "wrong")
    for _ in range(3):
        with pytest.raises(e.SignInRefused):
            here.call(ASK)
    with pytest.raises(e.SignInRefused):
        here.entity("E100").call(ASK)
    assert company.logins == 1


@pytest.mark.parametrize("answer", [Answer(status=503), Answer(hang_up=True), Answer("<html>")])
def test_sign_in_is_never_retried_automatically(company: Company, answer: Answer) -> None:
    company.before = lambda asked: answer
    with pytest.raises(e.IntacctError):
        session(company).login()
    assert company.logins == 1


def test_next_call_signs_in_after_a_temporary_failure(company: Company) -> None:
    here = session(company)
    company.before = lambda asked: Answer(status=503)
    with pytest.raises(e.GatewayUnavailable):
        here.call(ASK)
    company.before = lambda asked: None
    here.call(ASK)


def test_expired_session_is_renewed_once_and_the_call_repeated(company: Company) -> None:
    here = session(company)
    here.call(ASK)
    company.sessions.clear()
    here.call(ASK, repeat=False)["f1"].or_raise()
    assert company.logins == 2


def test_session_that_expires_twice_raises(company: Company) -> None:
    company.before = lambda asked: company.sessions.clear()
    with pytest.raises(e.SessionExpired):
        session(company).call(ASK)
    assert company.logins == 2


def test_session_close_to_its_end_is_renewed_before_it_is_used(company: Company) -> None:
    company.life = timedelta(seconds=30)
    here = session(company)
    here.call(ASK)
    here.call(ASK)
    assert company.logins == 2


def test_every_call_moves_the_end_of_the_session(company: Company) -> None:
    here = session(company)
    first = here.login().ends_at
    company.life += timedelta(hours=1)
    here.call(ASK)
    assert 3600 <= here.login().ends_at - first < 3660
    assert company.logins == 1


@pytest.mark.parametrize("ahead", [timedelta(days=-400), timedelta(hours=-7), timedelta(), timedelta(days=400)])
def test_session_length_does_not_depend_on_clocks(company: Company, ahead: timedelta) -> None:
    company.now = datetime.now(UTC) - ahead
    here = session(company)

    for _ in range(3):
        here.call(ASK)

    assert company.logins == 1
    assert 5.9 * 3600 < here.login().seconds <= 6 * 3600


def test_stored_session_lasts_until_it_expires_in_the_store(company: Company) -> None:
    shelf = Shelf()
    session(company, store=shelf).call(ASK)
    [(key, (record, seconds))] = shelf.records.items()
    assert 5.9 * 3600 < seconds <= 6 * 3600

    shelf.records[key] = record, 10.0
    session(company, store=shelf).call(ASK)

    assert company.logins == 2


def test_entity_session_is_opened_without_the_password(company: Company) -> None:
    top = session(company)
    entity = top.entity("E100")
    reply = entity.call(ASK)
    assert reply.authentication
    assert reply.authentication.location_id == "E100"
    assert entity.login().entity_id == "E100"
    assert company.logins == 1
    company.sessions.clear()
    entity.call(ASK)
    assert company.logins == 2


def test_refused_entity_is_not_reported_as_a_wrong_password(company: Company) -> None:
    top = session(company)
    with pytest.raises(e.EntityRefused) as refused:
        top.entity("CLOSED").call(ASK)
    assert refused.value.errorno == "XL03000006"
    top.call(ASK)
    assert company.logins == 1


def test_changed_password_is_not_reported_as_a_refused_entity(company: Company) -> None:
    top = session(company)
    top.call(ASK)
    company.password = "changed"
    company.sessions.clear()
    with pytest.raises(e.SignInRefused) as refused:
        top.entity("E100").call(ASK)
    assert type(refused.value) is e.SignInRefused


def test_workers_share_a_session_through_the_store(company: Company) -> None:
    shelf = Shelf()
    session(company, store=shelf).call(ASK)
    session(company, store=shelf).call(ASK)
    assert company.logins == 1
    company.sessions.clear()
    session(company, store=shelf).call(ASK)
    session(company, store=shelf).call(ASK)
    assert company.logins == 2


def test_worker_uses_the_session_that_another_worker_renewed(company: Company) -> None:
    shelf = Shelf()
    first, late = session(company, store=shelf), session(company, store=shelf)
    first.call(ASK)
    late.call(ASK)
    company.sessions.clear()
    first.call(ASK)
    late.call(ASK)
    session(company, store=shelf).call(ASK)
    assert company.logins == 2


def test_entity_session_and_its_parent_are_both_shared(company: Company) -> None:
    shelf = Shelf()
    session(company, store=shelf).entity("E100").call(ASK)
    top = session(company, store=shelf)
    assert (top.login().entity_id, top.entity("E100").login().entity_id) == ("", "E100")
    assert (company.logins, len(company.sessions)) == (1, 2)


def test_wrong_password_never_finds_the_session_of_the_right_one(company: Company) -> None:
    shelf = Shelf()
    session(company, store=shelf).call(ASK)
    with pytest.raises(e.SignInRefused):
        session(company, "wrong", store=shelf).call(ASK)


def test_stored_session_with_a_forbidden_endpoint_is_not_used(company: Company) -> None:
    shelf = Shelf()
    session(company, store=shelf).call(ASK)
    [(key, (record, seconds))] = shelf.records.items()
    shelf.records[key] = record.replace(b"127.0.0.1", b"evil.test"), seconds
    session(company, store=shelf).call(ASK)
    assert company.logins == 2


def test_key_in_the_store_reveals_nothing_of_the_login(company: Company) -> None:
    shelf = Shelf()
    session(company, store=shelf).call(ASK)
    [key] = shelf.records
    assert len(key) == 64
    assert not {"ACME", "Beanworks", "right"} & set(key)


def test_two_threads_that_start_together_sign_in_once(company: Company) -> None:
    here = session(company)
    threads = [threading.Thread(target=here.call, args=[ASK]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert company.logins == 1
    assert len(company.gateway.asked) == 5


def test_answer_to_another_request_is_refused(company: Company) -> None:
    here = session(company)
    here.login()
    company.before = lambda asked: Answer(r.ok(r.result("<data/>"), control_id="another"))
    with pytest.raises(e.MisshapenReply, match="another request"):
        here.call(ASK)


def test_failed_function_does_not_raise_for_the_others(company: Company) -> None:
    here = session(company)
    here.login()
    denied = r.result_failure(r.error("PL04000005", "", "no permission"), control_id="a")

    def answer(asked: object) -> Answer:
        control_id = company.gateway.asked[-1].text("control/controlid") or ""
        return Answer(r.ok(denied, r.result("<data/>", control_id="b"), control_id=control_id))

    company.before = answer
    reply = here.call(ASK.with_id("a"), ASK.with_id("b"))
    assert isinstance(reply["a"].failure, e.PermissionDenied)
    reply["b"].or_raise()


@pytest.mark.parametrize("missing", ["sessionid", "endpoint"])
def test_sign_in_reply_without_key_or_endpoint_is_refused(company: Company, missing: str) -> None:
    def answer(asked: object) -> Answer:
        control_id = company.gateway.asked[-1].text("control/controlid") or ""
        text = r.ok(r.session("s", company.endpoint), control_id=control_id)
        return Answer(text.replace(f"<{missing}>", "<x>").replace(f"</{missing}>", "</x>"))

    company.before = answer
    with pytest.raises(e.MisshapenReply, match=missing):
        session(company).login()
