from datetime import UTC, datetime, timedelta

import pytest

from intacct import records
from intacct.errors import MisshapenReply
from intacct.parsing import parse
from intacct.reply import Data
from tests.intacct import replies as r


def data(inner: str) -> Data:
    return parse(r.ok(r.result(f"<data>{inner}</data>")).encode())["f1"].or_raise()


def test_entities() -> None:
    found = records.entities(
        data("<entity><id>E1</id><name>One &amp; only</name><currency>CAD</currency></entity><entity/>")
    )
    assert found == [records.Entity("E1", "One & only", "CAD"), records.Entity("", "", "")]


def test_dimensions() -> None:
    row = (
        "<dimensions><dimension><objectName>{}</objectName><objectLabel>Label</objectLabel><termLabel>Term</termLabel>"
        "<userDefinedDimension>{}</userDefinedDimension><enabledInGL>true</enabledInGL></dimension></dimensions>"
    )
    assert records.dimensions(data(row.format("Fund", "true"))) == [
        records.Dimension("Fund", "Label", "Term", True, True)
    ]
    assert not records.dimensions(data(row.format("CLASS", "false")))[0].user_defined


def test_financial_setup() -> None:
    found = records.financial_setup(
        data("<financialSetup><baseCurrency>USD</baseCurrency><multiCurrency>true</multiCurrency>"
             "<multiBaseCurrency>false</multiBaseCurrency><multiEntityShared>True</multiEntityShared></financialSetup>")
    )  # fmt: skip
    assert found == records.FinancialSetup("USD", True, False, True)


def test_applications() -> None:
    assert records.applications(data("<application>AP</application><application> gl </application><application/>")) == {
        "AP",
        "GL",
    }


def test_permissions_are_found_however_the_company_spells_them() -> None:
    found = records.permissions(
        data("<permissions><appSubscription><applicationName>Accounts  Payable</applicationName><policies>"
             "<policy><policyName>Pay Bills</policyName><rights>Run</rights></policy>"
             "<policy><policyName> AP terms</policyName><rights>List|View|</rights></policy></policies>"
             "</appSubscription><appSubscription><applicationName>Empty</applicationName></appSubscription></permissions>")
    )  # fmt: skip
    assert found == {
        ("accounts payable", "pay bills"): frozenset({"run"}),
        ("accounts payable", "ap terms"): frozenset({"list", "view"}),
    }
    assert records.normal("ACCOUNTS payable ") == "accounts payable"


def test_fields_keep_the_case_of_their_ids() -> None:
    row = (
        "<Field><ID>{}</ID><LABEL>Beanworks</LABEL><DESCRIPTION>Link</DESCRIPTION><REQUIRED>false</REQUIRED>"
        "<READONLY>true</READONLY><DATATYPE>TEXT</DATATYPE><ISCUSTOM>true</ISCUSTOM></Field>"
    )
    found = records.fields(data(f"<Type Name='APBILL'><Fields>{row.format('Beanworks')}</Fields></Type>"))
    assert found == {"Beanworks": records.Field("Beanworks", "Beanworks", "Link", "TEXT", False, True, True)}


FORMATTING = (
    "<userformatting><locale>en_US</locale><dateformat>/mdY</dateformat><gmtoffset>{}</gmtoffset><clock>24</clock>"
    "</userformatting>"
)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("-8", -480), ("5.5", 330), ("-08:00", -480), ("-3:30", -210), ("+0", 0), ("", 0), ("14", 840)],
)
def test_the_users_distance_from_greenwich(text: str, minutes: int) -> None:
    found = records.user_formatting(data(FORMATTING.format(text)))
    assert found.offset == timedelta(minutes=minutes)
    assert found.expected


@pytest.mark.parametrize("text", ["west", "99", "NaN", "Infinity", "-8:xx", "1e400"])
def test_a_distance_that_cannot_be_is_not_guessed(text: str) -> None:
    with pytest.raises(MisshapenReply):
        records.user_formatting(data(FORMATTING.format(text)))


def test_a_moment_is_written_and_read_by_the_users_clock() -> None:
    user = records.user_formatting(data(FORMATTING.format("-8")))
    moment = datetime(2030, 1, 1, 3, 4, 5, tzinfo=UTC)
    assert user.local(moment) == datetime(2029, 12, 31, 19, 4, 5)  # noqa: DTZ001 - what a clock on the wall shows
    assert user.moment("12/31/2029 19:04:05") == moment


def test_another_way_of_writing_dates_is_noticed() -> None:
    assert not records.UserFormatting("en_GB", "/dmY", "24", timedelta()).expected
    assert not records.UserFormatting("en_US", "/mdY", "12", timedelta()).expected


@pytest.mark.parametrize("reader", [records.financial_setup, records.user_formatting])
def test_a_reply_without_what_was_asked_for_is_an_error(reader: object) -> None:
    with pytest.raises(MisshapenReply):
        reader(data(""))  # type: ignore[operator]
