"""Results inside a broken frame are read."""

import pytest

from intacct import errors as e
from intacct.reply_parser import parse
from tests.intacct.replies import ROWS, TWO_RESULTS, ok, result

FRAMES = [
    ("<operation>", "<operation><x>"),
    ("<operation>", ""),
    ("<operation>", "<operation"),
    ("</operation>", "</x>"),
    ("</control>", "</control></x>"),
]


@pytest.mark.parametrize(("whole", "broken"), FRAMES)
def test_results_inside_a_broken_frame_are_read(whole: str, broken: str) -> None:
    answer = parse(TWO_RESULTS.replace(whole, broken).encode())

    assert answer.failure is None
    assert (answer["f1"].or_raise().records, answer["other"].or_raise().records) == (ROWS, ROWS[:1])


@pytest.mark.parametrize(
    ("whole", "broken"),
    [
        ("<operation>", "<operation><x><errormessage><error><errorno>1</errorno></error></errormessage>"),
        ("</control>", "</x>"),
        ("<authentication>", "<authentication><x>"),
        ("</operation>", "<authentication><status>failure</status></authentication></x>"),
    ],
)
def test_frame_with_a_broken_block_or_error_fails_the_reply(whole: str, broken: str) -> None:
    """It is not retried."""
    with pytest.raises(e.DamagedReply) as failed:
        parse(TWO_RESULTS.replace(whole, broken).encode())
    assert not failed.value.retryable


def test_broken_frame_with_an_http_error_is_an_outage() -> None:
    with pytest.raises(e.GatewayUnavailable):
        parse(ok(result()).replace("<operation>", "<operation><x>").encode(), status=503)
