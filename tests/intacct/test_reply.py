import io
from datetime import UTC, datetime

import pytest

from intacct import errors as e
from intacct.diagnoses import facts
from intacct.functions import lookup, query
from intacct.reply import Reply
from intacct.reply_parser import parse
from intacct.secret import Secret
from tests.intacct import replies as r


def read(text: str, **about: object) -> Reply:
    return parse(text.encode(), "text/xml", **about)  # type: ignore[arg-type]


def test_reply_is_parsed_into_its_blocks() -> None:
    rows = [{"RECORDNO": "1", "PARENTID": ""}, {"RECORDNO": "2", "PARENTID": "V1"}]
    reply = read(r.ok(r.result(r.page("VENDOR", rows, remaining=1)), location="E100"))
    assert reply.failure is None
    assert (reply.control.sender_id, reply.control.control_id) == ("Sender", "r-1")
    assert reply.authentication
    assert (reply.authentication.user_id, reply.authentication.location_id) == ("Beanworks", "E100")
    assert reply.authentication.session_timestamp == datetime(2098, 12, 31, 18, tzinfo=UTC)
    assert reply.authentication.session_timeout == datetime(2099, 1, 1, tzinfo=UTC)
    data = reply["f1"].or_raise()
    assert (data.list_type, data.total, data.count, data.remaining) == ("VENDOR", 3, 2, 1)
    assert [*data.records] == rows


def test_stream_is_parsed_like_bytes() -> None:
    assert [*parse(io.BytesIO(r.ok(r.result()).encode()))["f1"].or_raise().records] == []


def test_missing_attribute_is_none_and_not_zero() -> None:
    data = read(r.ok(r.result("<data/>")))["f1"].or_raise()
    assert (data.list_type, data.total, data.count, data.remaining, data.result_id) == (None,) * 5


def test_single_record_is_a_list_of_one() -> None:
    data = read(r.ok(r.result(r.page("VENDOR", [{"NAME": "Nuts & Bolts"}]))))["f1"].or_raise()
    assert [*data.records] == [{"NAME": "Nuts & Bolts"}]


def test_element_of_a_flat_page_is_empty() -> None:
    rows = [{"NAME": "Nuts"}, {"NAME": "Bolts"}]
    data = read(r.ok(r.result(r.page("VENDOR", rows))))["f1"].or_raise()
    assert ([*data.records], len(data.element)) == (rows, 0)


def test_element_of_a_page_with_nested_lines_is_kept() -> None:
    bill = "<APBILL><RECORDNO>1</RECORDNO><APBILLITEMS><APBILLITEM/></APBILLITEMS></APBILL>"
    data = read(r.ok(r.result(f"<data totalcount='1'>{bill}</data>", function="readByQuery")))["f1"].or_raise()
    assert data.element.find("APBILL/APBILLITEMS/APBILLITEM") is not None


def test_nested_parts_of_a_record_stay_in_the_element() -> None:
    lines = "<data><APBILL><RECORDNO>1</RECORDNO><APBILLITEMS><APBILLITEM/></APBILLITEMS></APBILL></data>"
    data = read(r.ok(r.result(lines)))["f1"].or_raise()
    assert [*data.records] == [{"RECORDNO": "1"}]
    assert data.element.find("APBILL/APBILLITEMS/APBILLITEM") is not None


def test_results_are_matched_by_control_id_and_not_by_position() -> None:
    reply = read(r.ok(r.result("<data count='2'/>", control_id="b"), r.result("<data count='1'/>", control_id="a")))
    assert (reply["a"].or_raise().count, reply["b"].or_raise().count) == (1, 2)


def test_failed_function_does_not_change_the_other_results() -> None:
    denied = r.error("PL04000005", "", "You do not have permission for API operation QUERY on objects of type VENDOR")
    reply = read(r.ok(r.result_failure(denied, control_id="a"), r.result("<data/>", control_id="b")))
    assert reply.failure is None
    reply["b"].or_raise()
    with pytest.raises(e.PermissionDenied) as failed:
        reply["a"].or_raise()
    assert failed.value.control_id == "a"


def test_failed_function_and_rolled_back_functions_are_distinguished() -> None:
    undone = r.error("XL03000009", "", "The entire transaction in this operation has been rolled back due to an error.")
    own = r.error("BL01001973", "", "Invalid Vendor 'X' specified.")
    reply = read(
        r.ok(r.result_failure(own, undone, control_id="a"), r.result_failure(undone, status="aborted", control_id="b"))
    )
    assert type(reply["a"].failure) is e.RecordRefused
    assert type(reply["b"].failure) is e.RolledBack


@pytest.mark.parametrize("inside", [True, False])
def test_an_authentication_failure_is_read_inside_the_block_and_beside_it(inside: bool) -> None:
    said = r.error("XL03000006", "", "Sign-in information is incorrect [Support ID: abc%7Edef]")
    reply = read(r.authentication_failure(said, inside=inside))
    assert type(reply.failure) is e.SignInRefused
    assert reply.failure.support_id == "abc~def"
    assert reply.failure.layer == "authentication"
    assert reply.failure.said == "Sign-in information is incorrect"


def test_doubly_encoded_references_in_errors_are_decoded() -> None:
    reply = read(r.control_failure(r.error("X", "", "The sender ID &#039;S&#039; is odd")))
    assert reply.failure
    assert reply.failure.said == "The sender ID 'S' is odd"


def test_a_failure_without_a_reason_is_never_blank() -> None:
    reply = read(r.response("<control><status>failure</status></control>"))
    assert type(reply.failure) is e.UnknownError
    assert reply.failure.said == "no reason was given"


def test_success_with_errors_is_a_failure() -> None:
    reply = read(r.ok(r.result(r.errors(r.error("DL02000001", "", "There was an error processing the request.")))))
    assert type(reply["f1"].failure) is e.QueryRefused


@pytest.mark.parametrize(
    ("status", "cause"), [(401, e.SignInRefused), (503, e.GatewayUnavailable), (418, e.UnknownError)]
)
def test_success_with_an_http_error_status_is_a_failure(status: int, cause: type) -> None:
    assert type(read(r.ok(r.result()), status=status).failure) is cause


def test_missing_result_is_a_failure_and_not_an_empty_answer() -> None:
    with pytest.raises(e.MisshapenReply):
        read(r.ok())["f1"].or_raise()


@pytest.mark.parametrize(
    "text",
    [
        r.response(),
        r.ok(*(r.result(control_id=str(number)) for number in range(1001))),
    ],
)
def test_contradictory_reply_is_refused(text: str) -> None:
    with pytest.raises(e.MisshapenReply):
        read(text)


@pytest.mark.parametrize(
    "data",
    ["<data totalcount='many'/>", "<data count='-1'/>", "<data count=''/>"],
)
def test_counts_that_are_not_numbers_fail_only_their_own_function(data: str) -> None:
    reply = read(r.ok(r.result(data, control_id="a"), r.result("<data count='1'/>", control_id="b")))

    assert reply.failure is None
    assert reply["b"].or_raise().count == 1
    assert type(reply["a"].failure) is e.MisshapenReply
    assert reply["a"].failure.layer == "result"


def test_two_results_with_one_control_id_are_unreadable() -> None:
    reply = read(r.ok(r.result(control_id="a"), r.result(control_id="a"), r.result(control_id="b")))

    assert type(reply["a"].failure) is e.MisshapenReply
    assert reply["b"].failure is None


ASKED = [query("VENDOR", ["NAME"]).with_id("a"), query("ITEM", ["NAME"]).with_id("b"), lookup("ITEM").with_id("c")]


def nameless(object_name: str, *, function: str = "query", control_id: str = "") -> str:
    return r.result(r.page(object_name, [{"NAME": object_name}]), function=function, control_id=control_id)


def test_result_without_a_control_id_is_matched_by_position() -> None:
    reply = read(r.ok(nameless("VENDOR", control_id="a"), nameless("ITEM"), nameless("All", function="lookup")))

    assert reply["b"].failure
    matched = reply.with_results_by_order(ASKED)
    assert [matched[name].or_raise().records[0]["NAME"] for name in "abc"] == ["VENDOR", "ITEM", "All"]


@pytest.mark.parametrize(
    "results",
    [
        [nameless("VENDOR", control_id="a"), nameless("VENDOR"), r.result(control_id="c")],
        [nameless("VENDOR", control_id="a"), nameless("ITEM", function="lookup"), r.result(control_id="c")],
        [nameless("VENDOR", control_id="a"), nameless("ITEM")],
        [nameless("VENDOR", control_id="b"), nameless("ITEM"), r.result(control_id="c")],
    ],
    ids=["another object", "another function", "one is missing", "another took its place"],
)
def test_result_without_a_control_id_is_unused_if_its_function_is_unclear(results: list[str]) -> None:
    matched = read(r.ok(*results)).with_results_by_order(ASKED)

    failed = [name for name in "abc" if matched[name].failure]
    assert set(failed) & {"a", "b"}
    assert all(type(matched[name].failure) is e.MisshapenReply for name in failed)


def test_error_beside_a_success_with_records_is_a_warning() -> None:
    remark = r.errors(r.error("WARN", "", "Some records were left out [Support ID: a%7Eb]"))
    reply = read(r.ok(r.result(r.page("VENDOR", [{"NAME": "Nuts"}]) + remark)))

    assert [*reply["f1"].or_raise().records] == [{"NAME": "Nuts"}]
    assert [remark.said for remark in reply["f1"].warnings] == ["Some records were left out"]


def test_error_beside_a_successful_reply_is_a_warning_of_every_function() -> None:
    remark = r.errors(r.error("WARN", "", "Maintenance tonight"))
    text = r.ok(r.result(r.page("VENDOR", [{"NAME": "Nuts"}]))).replace("<operation>", f"{remark}<operation>")

    reply = read(text)

    assert reply.failure is None
    assert [remark.said for remark in reply["f1"].warnings] == ["Maintenance tonight"]


@pytest.mark.parametrize("data", ["", "<data/>", '<data listtype="VENDOR" totalcount="0" count="0" numremaining="0"/>'])
def test_empty_answer_with_errors_is_a_failure(data: str) -> None:
    denied = r.errors(r.error("PL04000005", "", "You do not have permission"))

    assert type(read(r.ok(r.result(data + denied)))["f1"].failure) is e.PermissionDenied


def test_function_keeps_its_own_cause_with_http_500() -> None:
    denied = r.result_failure(r.error("PL04000005", "", "You do not have permission"), control_id="a")

    reply = read(r.ok(denied, r.result("<data/>", control_id="b")), status=500)

    assert reply.failure is None
    assert type(reply["a"].failure) is e.PermissionDenied
    assert type(reply["b"].failure) is e.GatewayUnavailable


def test_sign_in_keeps_its_own_cause_with_http_500() -> None:
    refused = r.authentication_failure(r.error("XL03000006", "", "Sign-in information is incorrect"))

    assert type(read(refused, status=500).failure) is e.SignInRefused


@pytest.mark.parametrize("operation", ["", "<operation/>", "<operation><authentication/></operation>"])
def test_reply_without_the_outcome_of_the_sign_in_is_misshapen(operation: str) -> None:
    text = r.response(r.CONTROL.format(control_id="r-1"), operation)

    failure = read(text).failure

    assert type(failure) is e.MisshapenReply
    assert not failure.retryable


def test_secrets_in_additional_info_are_starred() -> None:
    added = (
        "<additionalinfo><errorid>GL-0493</errorid><category>Invalid permission</category>"
        '<target domain="result" object="VENDOR"/><cdescription messageid="IA.1">for s3cret</cdescription>'
        "</additionalinfo></error>"
    )
    text = r.ok(r.result_failure(r.error("PL04000005", "", "No").replace("</error>", added)))

    failure = read(text, hide=[Secret("s3cret")])["f1"].failure

    assert failure
    assert failure.additional == (
        "errorid=GL-0493, category=Invalid permission, domain=result, object=VENDOR, messageid=IA.1, "
        "cdescription=for ********"
    )
    assert facts(failure)["additional"] == failure.additional
