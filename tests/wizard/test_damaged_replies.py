"""Damaged replies: only the check that needs the reply is affected, and none passes by mistake."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intacct.transport import RawReply, Transport
from tests.support.examples import examples
from tests.wizard.practice_connection import PracticeConnection
from wizard.explanations import explain
from wizard.models import Finding, Outcome

pytestmark = pytest.mark.django_db

SIGN_IN_CHECKS = {"gateway", "company", "sender", "sign_in"}
ENCODINGS = (
    *("latin-1", "header-charset", "utf-16-declaration", "unknown-declaration", "no-declaration", "byte-order-mark"),
    *("no-control-id", "odd-tag"),
)


@pytest.fixture(autouse=True)
def _no_waits_between_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intacct.transport.DELAYS", (0.0, 0.0))


def outcomes_by_slug(findings: dict[str, Finding]) -> dict[str, str]:
    return {slug: finding.outcome for slug, finding in findings.items()}


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("text-control-character", {"element": "LABEL"}),
        ("text-wrong-byte", {"element": "DESCRIPTION"}),
        ("malformed-result", {}),
        ("deep-nesting", {}),
        ("element-flood", {"megabytes": 2}),
    ],
)
def test_damaged_reply_about_the_field_affects_only_its_checks(
    practice_connection: PracticeConnection, fault: str, options: dict[str, Any]
) -> None:
    before = outcomes_by_slug(practice_connection.verify())
    practice_connection.control("fault", name=fault, object="APBILL", function="lookup", **options)

    findings = practice_connection.verify_again()

    differing = {slug for slug, outcome in outcomes_by_slug(findings).items() if outcome != before[slug]}
    assert differing <= {"custom_field", "custom_field_type"}
    assert findings["custom_field"].outcome == Outcome.CANNOT_TELL
    assert all(findings[slug].outcome == Outcome.PASSED for slug in SIGN_IN_CHECKS)


def test_unreadable_reply_names_the_record_and_field(practice_connection: PracticeConnection) -> None:
    practice_connection.verify()
    practice_connection.control("fault", name="text-nul", element="LABEL", object="APBILL", function="lookup")

    finding = practice_connection.verify_again()["custom_field"]

    assert finding.cause == "damaged_reply"
    assert re.search(r"ID \w+, field LABEL", explain(finding).headline)


@pytest.mark.parametrize("fault", ENCODINGS)
def test_lossless_encodings_change_no_finding(practice_connection: PracticeConnection, fault: str) -> None:
    before = outcomes_by_slug(practice_connection.verify())
    practice_connection.control("fault", name=fault)

    assert outcomes_by_slug(practice_connection.verify_again()) == before


def test_warning_in_a_reply_is_saved_for_support(practice_connection: PracticeConnection) -> None:
    before = outcomes_by_slug(practice_connection.verify())
    practice_connection.control("fault", name="warning", object="VENDOR")

    findings = practice_connection.verify_again()

    assert outcomes_by_slug(findings) == before
    assert findings["perm.vendors"].facts["warning"]


def test_unreadable_list_does_not_make_the_role_pass(practice_connection: PracticeConnection) -> None:
    practice_connection.verify()
    practice_connection.control("", users={"Beanworks": {"roles": []}})
    assert practice_connection.verify_again()["role"].outcome == Outcome.FAILED
    practice_connection.control("fault", name="malformed-result", object="VENDOR")

    assert practice_connection.verify_again()["role"].outcome != Outcome.PASSED


PIECES = [
    *(b"<", b"&", b"<x/>", b"</x>", b"</data>", b"<result>", b"</result>", b"&#11;", b"&x;", b"\x00", b"\xe9", b"x"),
    *(b"</Field>", b"<ID>", b"<status>", b"success", b"failure", b"true", b"<!--", b"-->", b""),
]


def test_damaged_reply_makes_no_check_pass(
    practice_connection: PracticeConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that passes with a damaged, well-formed reply must also pass with the undamaged one."""
    practice_connection.verify()
    practice_connection.control("permissions", revoke=["vendors", "bills:Add", "customers"])
    sent: dict[tuple[str, ...], RawReply] = {}

    class Records(Transport):
        def send(self, payload: bytes, **options: Any) -> RawReply:
            sent[control_ids(payload)] = raw = super().send(payload, **options)
            return raw

    monkeypatch.setattr("wizard.services.sessions.Transport", Records)
    truth = practice_connection.verify_again()
    assert {Outcome.PASSED, Outcome.FAILED} <= {*outcomes_by_slug(truth).values()}

    @examples(15, share=0.25)
    @given(damage=st.lists(st.tuples(st.integers(0), st.integers(0, 12), st.sampled_from(PIECES)), max_size=3))
    def check_damaged(damage: list[tuple[int, int, bytes]]) -> None:
        class Damages(Transport):
            def send(self, payload: bytes, **options: Any) -> RawReply:
                raw = sent.get(control_ids(payload)) or super().send(payload, **options)
                body = with_damage(raw.body, damage) if len(control_ids(payload)) > 1 else raw.body
                return RawReply(raw.status, raw.content_type, with_control_id_of(body, payload))

        monkeypatch.setattr("wizard.services.sessions.Transport", Damages)
        passed = {
            slug
            for slug, outcome in outcomes_by_slug(practice_connection.verify_again()).items()
            if outcome == Outcome.PASSED
        }
        assert passed <= {slug for slug, outcome in outcomes_by_slug(truth).items() if outcome == Outcome.PASSED}

    check_damaged()


def control_ids(payload: bytes) -> tuple[str, ...]:
    """The control IDs of a request's functions."""
    return tuple(name.decode() for name in re.findall(rb'<function controlid="([^"]*)"', payload))


def with_control_id_of(body: bytes, payload: bytes) -> bytes:
    """Return the recorded reply with the control ID of this request."""
    control_id = re.search(rb"<controlid>[^<]*</controlid>", payload)
    assert control_id
    return re.sub(rb"<controlid>[^<]*</controlid>", control_id[0], body, count=1)


def with_damage(body: bytes, damage: list[tuple[int, int, bytes]]) -> bytes:
    head, first, results = body.partition(b"<result>")
    for position, cut, piece in damage:
        at = position % len(results)
        results = results[:at] + piece + results[at + cut :]
    return head + first + results
