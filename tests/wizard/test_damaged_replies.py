"""Answers that come damaged: only the check that needs them cannot tell, and none passes on doubt."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intacct.transport import RawReply, Transport
from wizard.causes import explain
from wizard.models import Finding, Outcome

from .place import Place

pytestmark = pytest.mark.django_db

RUNGS = {"gateway", "company", "sender", "sign_in"}
ENCODINGS = (
    *("latin-1", "header-charset", "utf-16-declaration", "unknown-declaration", "no-declaration", "byte-order-mark"),
    *("no-control-id", "odd-tag"),
)


@pytest.fixture(autouse=True)
def _no_waits_between_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intacct.transport.DELAYS", (0.0, 0.0))


def outcome_of(found: dict[str, Finding]) -> dict[str, str]:
    return {slug: finding.outcome for slug, finding in found.items()}


@pytest.mark.parametrize(
    ("fault", "how"),
    [
        ("text-control-character", {"element": "LABEL"}),
        ("text-wrong-byte", {"element": "DESCRIPTION"}),
        ("malformed-result", {}),
        ("deep-nesting", {}),
        ("element-flood", {"megabytes": 2}),
    ],
)
def test_a_damaged_answer_about_the_field_leaves_only_the_field_untold(
    place: Place, fault: str, how: dict[str, Any]
) -> None:
    before = outcome_of(place.verify())
    place.control("fault", name=fault, object="APBILL", function="lookup", **how)

    found = place.again()

    differing = {slug for slug, outcome in outcome_of(found).items() if outcome != before[slug]}
    assert differing <= {"custom_field", "custom_field_type"}
    assert found["custom_field"].outcome == Outcome.CANNOT_TELL
    assert all(found[slug].outcome == Outcome.PASSED for slug in RUNGS)


def test_the_check_names_the_record_and_field_that_cannot_be_read(place: Place) -> None:
    place.verify()
    place.control("fault", name="text-nul", element="LABEL", object="APBILL", function="lookup")

    finding = place.again()["custom_field"]

    assert finding.cause == "damaged-reply"
    assert re.search(r"ID \w+, field LABEL", explain(finding).headline)


@pytest.mark.parametrize("fault", ENCODINGS)
def test_what_can_be_read_without_loss_changes_no_finding(place: Place, fault: str) -> None:
    before = outcome_of(place.verify())
    place.control("fault", name=fault)

    assert outcome_of(place.again()) == before


def test_a_warning_beside_an_answer_is_kept_for_support(place: Place) -> None:
    before = outcome_of(place.verify())
    place.control("fault", name="warning", object="VENDOR")

    found = place.again()

    assert outcome_of(found) == before
    assert found["perm.vendors"].facts["warning"]


def test_one_unreadable_list_does_not_prove_a_role_that_opens_none(place: Place) -> None:
    place.verify()
    place.control("", users={"Beanworks": {"roles": []}})
    assert place.again()["role"].outcome == Outcome.FAILED
    place.control("fault", name="malformed-result", object="VENDOR")

    assert place.again()["role"].outcome != Outcome.PASSED


PIECES = [
    *(b"<", b"&", b"<x/>", b"</x>", b"</data>", b"<result>", b"</result>", b"&#11;", b"&x;", b"\x00", b"\xe9", b"x"),
    *(b"</Field>", b"<ID>", b"<status>", b"success", b"failure", b"true", b"<!--", b"-->", b""),
]


def test_no_check_passes_on_doubt(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is damaged within well-formed answers: a check that passes then also passes without the damage."""
    place.verify()
    place.control("permissions", revoke=["vendors", "bills:Add", "customers"])
    sent: dict[tuple[str, ...], RawReply] = {}

    class Records(Transport):
        def send(self, payload: bytes, **how: Any) -> RawReply:
            sent[asked(payload)] = raw = super().send(payload, **how)
            return raw

    monkeypatch.setattr("wizard.gateway.Transport", Records)
    truth = place.again()
    assert {Outcome.PASSED, Outcome.FAILED} <= {*outcome_of(truth).values()}

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(damage=st.lists(st.tuples(st.integers(0), st.integers(0, 12), st.sampled_from(PIECES)), max_size=3))
    def damaged(damage: list[tuple[int, int, bytes]]) -> None:
        class Damages(Transport):
            def send(self, payload: bytes, **how: Any) -> RawReply:
                raw = sent.get(asked(payload)) or super().send(payload, **how)
                body = with_damage(raw.body, damage) if len(asked(payload)) > 1 else raw.body
                return RawReply(raw.status, raw.content_type, addressed(body, payload))

        monkeypatch.setattr("wizard.gateway.Transport", Damages)
        passed = {slug for slug, outcome in outcome_of(place.again()).items() if outcome == Outcome.PASSED}
        assert passed <= {slug for slug, outcome in outcome_of(truth).items() if outcome == Outcome.PASSED}

    damaged()


def asked(payload: bytes) -> tuple[str, ...]:
    """The control IDs of a request's functions."""
    return tuple(name.decode() for name in re.findall(rb'<function controlid="([^"]*)"', payload))


def addressed(body: bytes, payload: bytes) -> bytes:
    """The recorded reply as the answer to this request."""
    control_id = re.search(rb"<controlid>[^<]*</controlid>", payload)
    assert control_id
    return re.sub(rb"<controlid>[^<]*</controlid>", control_id[0], body, count=1)


def with_damage(body: bytes, damage: list[tuple[int, int, bytes]]) -> bytes:
    head, first, results = body.partition(b"<result>")
    for place, cut, piece in damage:
        at = place % len(results)
        results = results[:at] + piece + results[at + cut :]
    return head + first + results
