"""Creating, reading and deleting bills through the gateway."""

from threading import Thread

import pytest
from lxml import etree

from tests.practice.bills import LINE, bill, causes, create, find
from tests.practice.gateway_client import E, GatewayClient, query
from tests.support.stack import Practice

LINK = "https://app.example.com/i/1?a=1&b=2"


def read(key: str, function: str = "read") -> etree._Element:
    return E(function, E.object("APBILL"), E.keys(key), E.fields("*"))


def count(gateway: GatewayClient) -> int:
    return int(gateway.control("oracle/APBILL", "GET")["count"])


def test_created_draft_is_read_back_with_its_link(gateway: GatewayClient) -> None:
    created = gateway.call(bill(BEANWORKS=LINK))
    assert created.data() == {"listtype": "objects", "count": "1"}
    key = created.records()[0]["RECORDNO"]
    assert find(gateway, fields="RECORDNO RECORDID STATE BEANWORKS WHENCREATED TOTALDUE VENDORNAME WHENPOSTED") == [
        {
            "RECORDNO": key,
            "RECORDID": "B-1",
            "STATE": "Draft",
            "BEANWORKS": LINK,
            "WHENCREATED": "01/20/2026",
            "TOTALDUE": "0.01",
            "VENDORNAME": gateway.call(E.readByName(E.object("VENDOR"), E.keys("V00002"))).records()[0]["NAME"],
            "WHENPOSTED": "",
        }
    ]


def test_lines_of_a_bill_are_read_with_their_names(gateway: GatewayClient) -> None:
    key = create(gateway, LINE, LINE | {"DEPARTMENTID": "002", "TRX_AMOUNT": "12.50"})
    (found,) = gateway.call(read(key)).tree.iterfind(".//data/APBILL")
    first, second = found.findall("APBILLITEMS/APBILLITEM")
    names = ("LINE_NO", "TRX_AMOUNT", "LOCATIONID", "DEPARTMENTID")
    assert [first.findtext(name) for name in names] == ["1", "0.01", "L001", ""]
    assert [second.findtext(name) for name in names] == ["2", "12.5", "L001", "002"]
    assert all(second.findtext(name) for name in ("ACCOUNTTITLE", "LOCATIONNAME", "DEPARTMENTNAME"))
    assert found.findtext("TOTALENTERED") == "12.51"


def test_bill_is_read_by_its_number_and_by_its_key(gateway: GatewayClient) -> None:
    key = create(gateway)
    by_name, by_key = gateway.call(read("B-1", "readByName"), read(key)).tree.iterfind(".//data/APBILL")
    assert by_name.findtext("RECORDNO") == by_key.findtext("RECORDNO") == key


def test_fields_that_were_not_sent_are_empty(gateway: GatewayClient) -> None:
    create(gateway)
    (found,) = find(gateway, fields="DESCRIPTION DOCNUMBER WHENPAID BEANWORKS")
    assert set(found.values()) == {""}


def test_bill_without_an_action_is_posted(gateway: GatewayClient) -> None:
    create(gateway, ACTION="")
    (found,) = find(gateway, fields="STATE WHENPOSTED")
    assert found == {"STATE": "Posted", "WHENPOSTED": "01/20/2026"}


def test_read_only_fields_cannot_be_set(gateway: GatewayClient) -> None:
    create(gateway, STATE="Paid", TOTALDUE="7", RECORDNO="1")
    (found,) = find(gateway, fields="STATE TOTALDUE")
    assert found == {"STATE": "Draft", "TOTALDUE": "0.01"}


def test_a_wrong_vendor_is_refused_with_stacked_errors(gateway: GatewayClient) -> None:
    answer = gateway.call(bill(VENDORID="unknown"))
    assert answer.errors() == [
        ("BL01001973", "Invalid Vendor 'unknown' specified."),
        ("BL01001973", "Currently, we can't create the transaction 'B-1'"),
    ]
    assert answer.text(".//error[2]/correction") == (
        "Check the transaction for errors or inconsistencies, then try again."
    )


def test_creating_bills_requires_the_add_right(gateway: GatewayClient) -> None:
    gateway.control("permissions", revoke=["bills:Add"])
    words = "You do not have permission for API operation CREATE on objects of type APBILL"
    assert gateway.call(bill()).errors() == [("PL04000005", words)]
    assert gateway.call(query("APBILL")).errors() == []


def test_a_failure_in_a_transaction_undoes_the_rest(gateway: GatewayClient) -> None:
    before = count(gateway)
    answer = gateway.call(bill(), bill(VENDORID="unknown"), bill(RECORDID="B-3"), transaction=True)
    assert [result.findtext("status") for result in answer.results] == ["aborted", "failure", "aborted"]
    assert [number for number, _ in answer.errors()].count("XL03000009") == 3
    assert count(gateway) == before


def test_without_a_transaction_other_functions_succeed(gateway: GatewayClient) -> None:
    before = count(gateway)
    answer = gateway.call(bill(), bill(VENDORID="unknown"), bill(RECORDID="B-3"))
    assert [result.findtext("controlid") for result in answer.results] == ["f-0", "f-1", "f-2"]
    assert [result.findtext("status") for result in answer.results] == ["success", "failure", "success"]
    assert len({key.text for key in answer.tree.iterfind(".//apbill/RECORDNO")}) == 2
    assert count(gateway) == before + 2


# Exactly once


def test_unique_control_id_creates_one_bill(gateway: GatewayClient) -> None:
    before = count(gateway)
    assert gateway.call(bill(), uniqueid="true").errors() == []

    assert gateway.call(bill(), uniqueid="true").errors()[0][0] == "XL03000006"
    assert gateway.call(bill(), uniqueid="false").errors() == []
    assert count(gateway) == before + 2


def test_failed_and_rolled_back_functions_do_not_use_up_a_control_id(gateway: GatewayClient) -> None:
    gateway.call(bill(VENDORID="unknown"), uniqueid="true")
    gateway.call(bill(), bill(VENDORID="unknown"), transaction=True, uniqueid="true")
    assert gateway.call(bill(), uniqueid="true").errors() == []


def test_requests_at_once_with_one_control_id_create_one_bill(gateway: GatewayClient, practice: Practice) -> None:
    gateway.control(behavior={"concurrent_requests": 8})
    clients = [GatewayClient(practice, gateway.company) for _ in range(8)]
    threads = [Thread(target=client.call, args=(bill(),), kwargs={"uniqueid": "true"}) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(find(gateway)) == 1


def test_requests_at_once_get_different_record_numbers(gateway: GatewayClient, practice: Practice) -> None:
    gateway.control(behavior={"concurrent_requests": 4})
    keys: list[str] = []

    def create_one(number: int) -> None:
        keys.append(create(GatewayClient(practice, gateway.company), RECORDID=f"B-{number}"))

    threads = [Thread(target=create_one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 4
    assert {find(gateway, f"B-{number}")[0]["RECORDNO"] for number in range(4)} == set(keys)


# Delete


def test_deleted_bill_is_gone_with_its_lines(gateway: GatewayClient) -> None:
    gateway.control("permissions", grant=["bills:Delete"])
    lines = gateway.control("oracle/APBILLITEM", "GET")["count"]
    key = create(gateway, LINE, LINE)
    assert gateway.call(E.delete(E.object("APBILL"), E.keys(key))).errors() == []
    assert find(gateway) == []
    assert gateway.call(read(key)).records() == []
    assert gateway.control("oracle/APBILLITEM", "GET")["count"] == lines


def test_deleting_bills_requires_the_delete_right(gateway: GatewayClient) -> None:
    key = create(gateway)
    words = "You do not have permission for API operation DELETE on objects of type APBILL"
    assert gateway.call(E.delete(E.object("APBILL"), E.keys(key))).errors() == [("PL04000005", words)]


@pytest.mark.parametrize("key", ["999999", "B-1", ""])
def test_deleting_an_unknown_bill_is_refused(gateway: GatewayClient, key: str) -> None:
    gateway.control("permissions", grant=["bills:Delete"])
    words = f"Cannot find apbill with key '{key}' to delete."
    assert gateway.call(E.delete(E.object("APBILL"), E.keys(key))).errors() == [("BL01001973", words)]


def test_a_paid_bill_cannot_be_deleted(gateway: GatewayClient) -> None:
    gateway.control("permissions", grant=["bills:Delete"])
    paid = next(
        row["RECORDNO"] for row in gateway.call(query("APBILL", "RECORDNO STATE")).records() if row["STATE"] == "Paid"
    )
    answer = gateway.call(E.delete(E.object("APBILL"), E.keys(paid)))
    assert answer.errors() == [("BL01001973", "A bill in the state Paid cannot be deleted.")]


# The legacy functions


def legacy_bill(custom: str = LINK) -> etree._Element:
    day = (E.year("2026"), E.month("01"), E.day("20"))
    due = (E.year("2026"), E.month("02"), E.day("20"))
    field = E.customfield(E.customfieldname("BEANWORKS"), E.customfieldvalue(custom))
    line = E.lineitem(E.glaccountno("10005"), E.amount("0.01"), E.locationid("L001"))
    return E.create_bill(
        E.vendorid("V00002"),
        E.datecreated(*day),
        E.datedue(*due),
        E.action("Draft"),
        E.billno("B-2"),
        E.customfields(field),
        E.billitems(line),
    )


def test_legacy_function_creates_the_same_bill(gateway: GatewayClient) -> None:
    first = create(gateway, BEANWORKS=LINK)
    second = gateway.call(legacy_bill()).text(".//key") or ""
    one, other = gateway.call(read(first), read(second)).tree.iterfind(".//data/APBILL")
    # The two may be created in different seconds.
    own = {"RECORDNO", "RECORDID", "RECORD_URL", "RECORDKEY", "AUWHENCREATED", "WHENMODIFIED"}
    for element in [*one.iter(), *other.iter()]:
        if element.tag in own:
            element.text = ""
    assert etree.tostring(one) == etree.tostring(other)


def test_legacy_function_needs_only_some_right_of_the_application(gateway: GatewayClient) -> None:
    gateway.control("permissions", revoke=["bills"])
    assert gateway.call(legacy_bill()).errors() == []


def test_legacy_function_refuses_a_date_that_does_not_exist(gateway: GatewayClient) -> None:
    wrong = legacy_bill()
    next(wrong.iter("month")).text = "13"
    assert causes(gateway.call(wrong)) == [("BL01001973", "Invalid WHENCREATED '2026/13/20' specified.")]


def test_legacy_function_deletes_a_bill(gateway: GatewayClient) -> None:
    key = create(gateway)
    assert gateway.call(E.delete_bill(key=key)).text(".//key") == key
    assert find(gateway) == []
