"""readByQuery, readMore, read, readByName; lookup and inspect; creating a bill."""

import csv
import io
from copy import deepcopy

import pytest
from lxml import etree

from tests.practice.gateway_client import E, GatewayClient, query
from tests.support.stack import Practice


def by_query(name: str, text: str = "", fields: str = "*", page: int = 0) -> etree._Element:
    size = [E.pagesize(str(page))] if page else []
    return E.readByQuery(E.object(name), E.fields(fields), E.query(text), *size)


def read(name: str, keys: str, fields: str = "*", kind: str = "read") -> etree._Element:
    return E(kind, E.object(name), E.keys(keys), E.fields(fields))


def test_read_more_continues_read_by_query_to_the_end(gateway: GatewayClient) -> None:
    gateway.open()
    answer = gateway.call(by_query("CUSTOMER", fields="RECORDNO", page=1000))
    assert answer.data()["listtype"] == "customer"
    total, keys = int(answer.data()["totalcount"]), [row["RECORDNO"] for row in answer.records()]
    result = answer.data()["resultId"]
    while answer.data()["numremaining"] != "0":
        answer = gateway.call(E.readMore(E.resultId(result)))
        keys += [row["RECORDNO"] for row in answer.records()]
    assert len(keys) == len(set(keys)) == total


@pytest.mark.parametrize("first_in_session", [True, False], ids=["session", "password"])
@pytest.mark.parametrize("then_in_session", [True, False], ids=["session", "password"])
def test_read_more_works_in_another_session(
    gateway: GatewayClient, first_in_session: bool, then_in_session: bool
) -> None:
    """Five clients in use send the password with every request."""
    if first_in_session:
        gateway.open()
    first = gateway.call(by_query("CUSTOMER", fields="RECORDNO", page=10))

    gateway.session = None
    if then_in_session:
        gateway.open()
    second = gateway.call(E.readMore(E.resultId(first.data()["resultId"])))

    assert second.data()["resultId"] == first.data()["resultId"]
    assert len({row["RECORDNO"] for row in [*first.records(), *second.records()]}) == 20


def test_read_more_of_an_object_continues_its_latest_result(gateway: GatewayClient) -> None:
    gateway.call(by_query("CUSTOMER", page=10))
    latest = gateway.call(by_query("CUSTOMER", page=20)).data()["resultId"]
    gateway.call(by_query("VENDOR", page=10))

    assert gateway.call(E.readMore(E.object("CUSTOMER"))).data()["resultId"] == latest


@pytest.mark.parametrize("element", [E.resultId("gone"), E.object("gone")], ids=["resultId", "object"])
def test_an_unknown_result_is_refused_as_recorded(gateway: GatewayClient, element: etree._Element) -> None:
    words = "Attempt to readMore with an invalid or expired resultId: gone"
    assert gateway.call(E.readMore(deepcopy(element))).errors() == [("readMore failed", words)]


def test_a_result_of_another_company_is_unknown(gateway: GatewayClient, practice: Practice) -> None:
    result_id = gateway.call(by_query("CUSTOMER", page=10)).data()["resultId"]
    answer = GatewayClient(practice, "JUNIPER-CO").call(E.readMore(E.resultId(result_id)))
    assert answer.errors()[0][0] == "readMore failed"


BARE_CALLS = {
    "readByQuery": lambda: by_query("VENDOR", "VENDORID in ('V00002', 'V00005')", BARE_FIELDS),
    "read": lambda: read("VENDOR", "2,5", BARE_FIELDS),
    "readByName": lambda: read("VENDOR", "V00002,V00005", BARE_FIELDS, "readByName"),
}
BARE_FIELDS = "VENDORID,DISPLAYCONTACT.PRINTAS,CREDITLIMIT,PARENTID"
EMPTY_CALLS = {
    "readByQuery": lambda: by_query("VENDOR", "VENDORID = 'none'"),
    "read": lambda: read("VENDOR", "987654321"),
    "readByName": lambda: read("VENDOR", "none", kind="readByName"),
}


def in_format(call: etree._Element, name: str) -> etree._Element:
    call.append(E.returnFormat(name))
    return call


@pytest.mark.parametrize("function", BARE_CALLS)
def test_legacy_reads_answer_in_bare_csv(gateway: GatewayClient, function: str) -> None:
    response = gateway.call(in_format(BARE_CALLS[function](), "csv")).response
    rows = [*csv.DictReader(io.StringIO(response.text))]

    assert response.headers["Content-Type"] == "text/csv"
    assert list(rows[0]) == BARE_FIELDS.split(",")
    assert sorted(row["VENDORID"] for row in rows) == ["V00002", "V00005"]


@pytest.mark.parametrize("function", BARE_CALLS)
def test_legacy_reads_answer_in_bare_json(gateway: GatewayClient, function: str) -> None:
    response = gateway.call(in_format(BARE_CALLS[function](), "json")).response
    rows = sorted(response.json(), key=lambda row: str(row["VENDORID"]))

    assert response.headers["Content-Type"] == "application/json"
    assert [row["VENDORID"] for row in rows] == ["V00002", "V00005"]
    assert (rows[0]["CREDITLIMIT"], rows[0]["PARENTID"]) == (None, "")


@pytest.mark.parametrize("name", ["csv", "json"])
@pytest.mark.parametrize("function", EMPTY_CALLS)
def test_legacy_read_without_records_has_an_empty_body(gateway: GatewayClient, function: str, name: str) -> None:
    assert gateway.call(in_format(EMPTY_CALLS[function](), name)).response.content == b""


def test_read_more_keeps_the_return_format(gateway: GatewayClient) -> None:
    gateway.call(in_format(by_query("CUSTOMER", fields="RECORDNO", page=10), "csv"))
    assert gateway.call(E.readMore(E.object("CUSTOMER"))).response.text.startswith("RECORDNO\r\n")


def test_refusal_is_xml_in_every_return_format(gateway: GatewayClient) -> None:
    assert gateway.call(in_format(by_query("NOSUCH"), "csv")).errors()[0][0] == "Query Failed"


def test_read_by_query_without_matches_returns_zero_counts(gateway: GatewayClient) -> None:
    data = gateway.call(by_query("VENDOR", "VENDORID = 'none'")).data()
    assert data == {"listtype": "vendor", "count": "0", "totalcount": "0", "numremaining": "0", "resultId": ""}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("NAME = 'Net 30'", ["Net 30"]),
        ("NAME in ('Net 30', 'Net 45') AND DUEDATE > 30", ["Net 45"]),
        ("NAME like 'Net 1_' and not_used is null", None),
        ("(DUEDATE = 7 OR DUEDATE = 20) AND NAME NOT LIKE '%plan%'", ["Net 20", "Net 7"]),
        ("NAME = 'O\\'Neill'", []),
        ("DUEDATE >= 75 and RECORDNO is not null", ["Net 75", "Net 90"]),
        ("NAME = 'Net 30' ORDER BY NAME", None),
        ("NAME =", None),
    ],
)
def test_sql_like_condition_selects_records(gateway: GatewayClient, text: str, names: list[str] | None) -> None:
    answer = gateway.call(by_query("APTERM", text, "NAME"))
    if names is None:
        assert answer.errors()[0][0] == "DL02000001"
    else:
        assert sorted(row["NAME"] for row in answer.records()) == names


def test_read_nests_dotted_fields_and_owned_lines(gateway: GatewayClient) -> None:
    (vendor,) = gateway.call(read("VENDOR", "1")).tree.iterfind(".//data/VENDOR")
    assert vendor.findtext("DISPLAYCONTACT/PRINTAS") == vendor.findtext("NAME")
    (bill,) = gateway.call(read("APBILL", "1")).tree.iterfind(".//data/APBILL")
    lines = bill.findall("APBILLITEMS/APBILLITEM")
    total = sum(float(line.findtext("AMOUNT") or 0) for line in lines)
    assert len(lines) == 2
    assert total == pytest.approx(float(bill.findtext("TOTALENTERED") or 0))


def test_reading_an_unknown_key_returns_no_records(gateway: GatewayClient) -> None:
    data = gateway.call(read("VENDOR", "987654321")).data()
    assert data == {"listtype": "VENDOR", "count": "0"}


def test_read_by_name_uses_the_business_key(gateway: GatewayClient) -> None:
    ask = read("VENDOR", "V00002,V00005", "VENDORID", "readByName")
    assert [row["VENDORID"] for row in gateway.call(ask).records()] == ["V00002", "V00005"]


def test_unknown_fields_are_named_in_the_errorno(gateway: GatewayClient) -> None:
    assert gateway.call(read("VENDOR", "1", "NAME,FOO")).errors() == [("Invalid fields list FOO", "")]


def test_read_of_an_unknown_object_has_errorno_xxx(gateway: GatewayClient) -> None:
    assert gateway.call(read("FOO", "1")).errors() == [("XXX", "Object definition FOO not found")]


# What there is


def fields_of(gateway: GatewayClient, name: str) -> dict[str, dict[str, str]]:
    fields = gateway.call(E.lookup(E.object(name))).tree.iterfind(".//Fields/Field")
    return {str(field.findtext("ID")): {str(child.tag): child.text or "" for child in field} for field in fields}


def test_lookup_shows_correct_and_wrong_custom_field(gateway: GatewayClient) -> None:
    assert fields_of(gateway, "APBILL")["BEANWORKS"] == {
        "ID": "BEANWORKS",
        "LABEL": "Beanworks",
        "DESCRIPTION": "Link to Beanworks Invoice",
        "REQUIRED": "false",
        "READONLY": "false",
        "DATATYPE": "TEXT",
        "ISCUSTOM": "true",
    }
    gateway.control("set-up", field_id="BEANWORK")
    assert "BEANWORKS" not in (fields := fields_of(gateway, "APBILL"))
    assert fields["BEANWORK"]["LABEL"] == "Beanworks"


def test_lookup_lists_types_values_and_relations(gateway: GatewayClient) -> None:
    answer = gateway.call(E.lookup(E.object("VENDOR")))
    status = answer.tree.xpath("//Field[ID='STATUS']/VALIDVALUES/VALIDVALUE/text()")
    assert status == ["active", "active non-posting", "inactive"]
    assert "PARENT" in [path.text for path in answer.tree.iter("OBJECTPATH")]
    assert fields_of(gateway, "VENDOR")["RECORDNO"]["DATATYPE"] == "INTEGER"


def test_inspect_lists_names_and_details(gateway: GatewayClient) -> None:
    plain = [field.text for field in gateway.call(E.inspect(E.object("CLASS"))).tree.iterfind(".//Fields/Field")]
    detail = gateway.call(E.inspect(E.object("CLASS"), detail="1")).tree
    assert plain == [name.text for name in detail.iterfind(".//Fields/Field/Name")]
    assert detail.xpath("string(//Field[Name='WHENCREATED']/dataName)") == "Pt_FieldDateTime"


# How the company is set up


def test_set_up_functions_report_the_state_of_the_company(gateway: GatewayClient) -> None:
    answer = gateway.call(E.getFinancialSetup(), E.readEntityDetails(), E.readUserFormatting(E.userId("Beanworks")))
    tree = answer.tree
    assert tree.findtext(".//financialSetup/multiEntityShared") == "true"
    assert [entity_id.text for entity_id in tree.iterfind(".//entity/id")] == ["100", "200", "300"]
    formatting = {str(element.tag): element.text for element in tree.iterfind(".//userformatting/*")}
    assert formatting == {
        "recordno": "2",
        "locale": "en_US",
        "dateformat": "/mdY",
        "gmtoffset": "+00:00",
        "clock": "24",
    }


def test_a_renamed_dimension_keeps_its_object(gateway: GatewayClient) -> None:
    gateway.control(term_labels={"DEPARTMENT": "Cost center"})
    tree = gateway.call(E.getDimensions()).tree
    assert tree.xpath("string(//dimension[objectName='DEPARTMENT']/termLabel)") == "Cost center"
    own = tree.xpath("//dimension[userDefinedDimension='true']/objectName/text()")
    assert own == ["grant_program", "vehicle"]


def test_functions_can_be_denied(gateway: GatewayClient) -> None:
    gateway.control(behavior={"denied_functions": ["getDimensions"]})
    assert gateway.call(E.getDimensions(), E.getFinancialSetup()).errors() == [
        ("PL04000005", "You do not have permission for API operation getDimensions")
    ]


def test_get_api_session_must_be_the_only_function(gateway: GatewayClient) -> None:
    answer = gateway.call(E.getAPISession(), E.getFinancialSetup())
    assert [result.findtext("status") for result in answer.results] == ["failure", "success"]


@pytest.mark.parametrize(("hours", "text"), [(0, "+00:00"), (-8, "-08:00"), (9.5, "+09:30"), (-3.5, "-03:30")])
def test_the_offset_of_a_user_has_hours_and_minutes(gateway: GatewayClient, hours: float, text: str) -> None:
    gateway.control(formatting={"gmtoffset": hours})
    assert gateway.call(E.readUserFormatting(E.userId("Beanworks"))).text(".//gmtoffset") == text
    assert gateway.call(query("VENDOR", "WHENMODIFIED", page=1)).errors() == []


def test_fiscal_year_start_is_a_month_number(gateway: GatewayClient) -> None:
    assert gateway.call(E.getFinancialSetup()).text(".//firstFiscalMonth") == "1"


def test_preferences_are_returned_as_database_codes(gateway: GatewayClient, practice: Practice) -> None:
    element = E.get_companyprefs(application="ME")
    values = [value.text for value in gateway.call(element).tree.iter("prefvalue")]
    other = GatewayClient(practice, "JUNIPER-CO")
    single = [value.text for value in other.call(deepcopy(element)).tree.iter("prefvalue")]
    assert (values, single) == (["T", "T"], ["F", "F"])


def test_inspecting_an_unknown_object_is_refused_as_recorded(gateway: GatewayClient) -> None:
    assert gateway.call(E.inspect(E.object("FOO"))).errors() == [("XXX", "Object type FOO not found")]


def test_permissions_of_an_unknown_user_are_refused_as_recorded(gateway: GatewayClient) -> None:
    gateway.control("permissions", grant=["users:Permissions"])
    words = "Login ID unknown does not exist."
    assert gateway.call(E.getUserPermissions(E.userId("unknown"))).errors() == [("BL03000025", words)]


@pytest.mark.parametrize(
    ("name", "path", "own"),
    [
        ("VENDOR", "PAYTOCONTACT.CONTACTNAME", "PAYTO.CONTACTNAME"),
        ("VENDOR", "PRIMARYCONTACT.EMAIL1", "CONTACTINFO.EMAIL1"),
        ("CUSTOMER", "SHIPTOCONTACT.CONTACTNAME", "SHIPTO.CONTACTNAME"),
        ("APBILL", "VENDOR.PAYTOCONTACT.CONTACTNAME", "VENDOR.PAYTO.CONTACTNAME"),
    ],
)
def test_path_through_a_contact_reads_its_fields(gateway: GatewayClient, name: str, path: str, own: str) -> None:
    (row,) = gateway.call(query(name, f"{path} {own}", order="RECORDNO", page=1)).records()
    assert row[path] == row[own]
    assert ("CONTACTNAME" in path) <= bool(row[path])
