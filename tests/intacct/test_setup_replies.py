from datetime import UTC, datetime, timedelta

import pytest

from intacct import setup_replies
from intacct.errors import MisshapenReply
from intacct.reply import Data
from intacct.reply_parser import parse
from tests.intacct import replies as r


def data(inner: str) -> Data:
    return parse(r.ok(r.result(f"<data>{inner}</data>")).encode())["f1"].or_raise()


def test_entities_are_read() -> None:
    value = setup_replies.entities(
        data("<entity><id>E1</id><name>One &amp; only</name><currency>CAD</currency></entity><entity/>")
    )
    assert value == [setup_replies.Entity("E1", "One & only", "CAD"), setup_replies.Entity("", "", "")]


def test_dimensions_are_read() -> None:
    row = (
        "<dimensions><dimension><objectName>{}</objectName><objectLabel>Label</objectLabel><termLabel>Term</termLabel>"
        "<userDefinedDimension>{}</userDefinedDimension><enabledInGL>true</enabledInGL></dimension></dimensions>"
    )
    assert setup_replies.dimensions(data(row.format("Fund", "true"))) == [
        setup_replies.Dimension("Fund", "Label", "Term", True)
    ]
    assert not setup_replies.dimensions(data(row.format("CLASS", "false")))[0].user_defined


def test_financial_setup_is_read() -> None:
    value = setup_replies.financial_setup(
        data("<financialSetup><baseCurrency>USD</baseCurrency><multiCurrency>true</multiCurrency>"
             "<multiBaseCurrency>false</multiBaseCurrency><multiEntityShared>True</multiEntityShared></financialSetup>")
    )  # fmt: skip
    assert value == setup_replies.FinancialSetup("USD", True, True)


def test_applications_are_read() -> None:
    assert setup_replies.applications(
        data("<application>AP</application><application> gl </application><application/>")
    ) == {
        "AP",
        "GL",
    }


def test_case_and_spaces_in_permissions_do_not_matter() -> None:
    value = setup_replies.permissions(
        data("<permissions><appSubscription><applicationName>Accounts  Payable</applicationName><policies>"
             "<policy><policyName>Pay Bills</policyName><rights>Run</rights></policy>"
             "<policy><policyName> AP terms</policyName><rights>List|View|</rights></policy></policies>"
             "</appSubscription><appSubscription><applicationName>Empty</applicationName></appSubscription></permissions>")
    )  # fmt: skip
    assert value == {
        ("accounts payable", "pay bills"): frozenset({"run"}),
        ("accounts payable", "ap terms"): frozenset({"list", "view"}),
    }
    assert setup_replies.normal("ACCOUNTS payable ") == "accounts payable"


def test_fields_keep_the_case_of_their_ids() -> None:
    row = (
        "<Field><ID>{}</ID><LABEL>Beanworks</LABEL><DESCRIPTION>Link</DESCRIPTION><REQUIRED>false</REQUIRED>"
        "<READONLY>true</READONLY><DATATYPE>TEXT</DATATYPE><ISCUSTOM>true</ISCUSTOM></Field>"
    )
    value = setup_replies.fields(data(f"<Type Name='APBILL'><Fields>{row.format('Beanworks')}</Fields></Type>"))
    assert value == {"Beanworks": setup_replies.Field("Beanworks", "Beanworks", "Link", "TEXT", False, True)}


FORMATTING = (
    "<userformatting><locale>en_US</locale><dateformat>/mdY</dateformat><gmtoffset>{}</gmtoffset><clock>24</clock>"
    "</userformatting>"
)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("-8", -480), ("5.5", 330), ("-08:00", -480), ("-3:30", -210), ("+0", 0), ("", 0), ("14", 840)],
)
def test_offset_of_the_users_clock_is_read(text: str, minutes: int) -> None:
    value = setup_replies.user_formatting(data(FORMATTING.format(text)))
    assert value.offset == timedelta(minutes=minutes)
    assert value.is_expected


@pytest.mark.parametrize("text", ["west", "99", "NaN", "Infinity", "-8:xx", "1e400"])
def test_impossible_offset_is_refused(text: str) -> None:
    with pytest.raises(MisshapenReply):
        setup_replies.user_formatting(data(FORMATTING.format(text)))


def test_times_are_written_and_read_by_the_users_clock() -> None:
    user = setup_replies.user_formatting(data(FORMATTING.format("-8")))
    moment = datetime(2030, 1, 1, 3, 4, 5, tzinfo=UTC)
    assert user.local(moment) == datetime(2029, 12, 31, 19, 4, 5)  # noqa: DTZ001 - what a clock on the wall shows
    assert user.moment("12/31/2029 19:04:05") == moment


def test_unexpected_date_format_is_noticed() -> None:
    assert not setup_replies.UserFormatting("en_GB", "/dmY", "24", timedelta()).is_expected
    assert not setup_replies.UserFormatting("en_US", "/mdY", "12", timedelta()).is_expected


@pytest.mark.parametrize("reader", [setup_replies.financial_setup, setup_replies.user_formatting])
def test_reply_without_the_expected_element_is_refused(reader: object) -> None:
    with pytest.raises(MisshapenReply):
        reader(data(""))  # type: ignore[operator]
