"""Requests that the schema refuses, with libxml2's words; and that Sage's schema agrees."""

import os
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from intacct.filters import Filter
from intacct.functions import query
from intacct.request import Login, Sender, build
from intacct.secret import Secret
from practice.gateway.request import FUNCTION_NAMES, schema
from tests.intacct.values import NESTED
from tests.practice.gateway_client import Answer, E, GatewayClient

SAGE = Path(os.environ.get("INTACCT_SCHEMA", Path(__file__).parents[3] / "shared/intacct/api.xsd"))

CONTROL = "<control><senderid>s</senderid><password>p</password><controlid>c</controlid></control>"
LOGIN = "<login><userid>u</userid><companyid>c</companyid><password>p</password></login>"
SELECT = "<select><field>RECORDNO</field></select>"
ONE = "<field>A</field><value>1</value>"


def request(function: str = "", *, control: str = CONTROL, login: str = LOGIN, content: str | None = None) -> str:
    inside = f'<content><function controlid="f">{function}</function></content>' if content is None else content
    operation = f"<operation><authentication>{login}</authentication>{inside}</operation>"
    return f"<request>{control}{operation}</request>"


def query_with(inside: str) -> str:
    return request(f"<query><object>VENDOR</object>{SELECT}{inside}</query>")


def query_with_filter(inside: str) -> str:
    return query_with(f"<filter>{inside}</filter>")


def legacy_bill(**changed: str) -> str:
    day = "<year>2026</year><month>01</month><day>02</day>"
    custom = "<customfield><customfieldname>A</customfieldname><customfieldvalue>1</customfieldvalue></customfield>"
    parts = {
        "vendorid": "<vendorid>V</vendorid>",
        "datecreated": f"<datecreated>{day}</datecreated>",
        "datedue": f"<datedue>{day}</datedue>",
        "action": "<action>Draft</action>",
        "billno": "<billno>1</billno>",
        "customfields": f"<customfields>{custom}</customfields>",
        "billitems": "<billitems><lineitem><glaccountno>1</glaccountno><amount>1</amount>"
        "<locationid>1</locationid></lineitem></billitems>",
    }
    return f"<create_bill>{''.join((parts | changed).values())}</create_bill>"


GOOD = {
    "a session": request("<getAPISession/>"),
    "an empty location": request("<getAPISession><locationid/></getAPISession>"),
    "no content": request(content=""),
    "a session ID": request("<getAPISession/>", login="<sessionid>x</sessionid>"),
    "the largest page": query_with("<pagesize>2000</pagesize><offset>0</offset>"),
    "another order of children": request(f"<query>{SELECT}<pagesize>1</pagesize><object>V</object></query>"),
    "a filter": query_with_filter(f"<equalto>{ONE}</equalto>"),
    "nested filters": query_with_filter(
        f"<or><and><like>{ONE}</like><in>{ONE}</in></and><isnull><field>A</field></isnull></or>"
    ),
    "between": query_with_filter("<between><field>A</field><value>1</value><value>2</value></between>"),
    "an order": query_with(
        "<orderby><order><field>A</field><descending/></order><order><field>B</field></order></orderby>"
    ),
    "options": query_with("<options><showprivate>true</showprivate><returnformat>json</returnformat></options>"),
    "aggregates": request("<query><object>V</object><select><count>A</count><max>B</max></select></query>"),
    "read by query": request("<readByQuery><object>V</object><query/><fields>*</fields></readByQuery>"),
    "read more": request("<readMore><resultId>x</resultId></readMore>"),
    "read": request("<read><object>V</object><keys>1</keys><fields>*</fields></read>"),
    "lookup": request("<lookup><object>V</object></lookup>"),
    "inspect": request('<inspect detail="1"><object>V</object></inspect>'),
    "create": request("<create><APBILL><VENDORID>V</VENDORID></APBILL></create>"),
    "delete": request("<delete><object>APBILL</object><keys>1</keys></delete>"),
    "a bill of a legacy function": request(legacy_bill()),
    "a bill without a due date": request(legacy_bill(datedue="<termname>Net 30</termname>")),
    "deleting a bill of a legacy function": request('<delete_bill key="1"/>'),
    "set-up": request("<readUserFormatting><userId>u</userId></readUserFormatting>"),
    "preferences": request('<get_companyprefs application="AP"/>'),
    "a known name": request("<getDimensionRelationships/>"),
    "a legacy function": request(
        "<get_trialbalance><reportingperiodname>Today</reportingperiodname></get_trialbalance>"
    ),
}
BAD = {
    "a larger page": query_with("<pagesize>2001</pagesize>"),
    "page zero": query_with("<pagesize>0</pagesize>"),
    "a negative offset": query_with("<offset>-1</offset>"),
    "two nodes in a filter": query_with_filter(f"<lessthan>{ONE}</lessthan><greaterthan>{ONE}</greaterthan>"),
    "and of one": query_with_filter(f"<and><lessthan>{ONE}</lessthan></and>"),
    "between one": query_with_filter(f"<between>{ONE}</between>"),
    "no value": query_with_filter("<equalto><field>A</field></equalto>"),
    "too many in a list": query_with_filter(f"<in><field>A</field>{'<value>1</value>' * 1001}</in>"),
    "order in readByQuery": request("<readByQuery><object>V</object><query/><orderby/></readByQuery>"),
    "readByQuery without query": request("<readByQuery><object>V</object></readByQuery>"),
    "query without object": request(f"<query>{SELECT}</query>"),
    "query without select": request("<query><object>V</object></query>"),
    "empty select": request("<query><object>V</object><select/></query>"),
    "an unknown function": request("<bogus/>"),
    "two functions in one": request("<getAPISession/><getAPISession/>"),
    "login in another order": request(login="<login><userid>u</userid><password>p</password></login>"),
    "control in another order": request(
        "<getAPISession/>", control="<control><controlid>c</controlid><senderid>s</senderid></control>"
    ),
    "no control ID of a function": request(content="<content><function><getAPISession/></function></content>"),
    "a long control ID": request(content=f'<content><function controlid="{"x" * 257}"><lookup/></function></content>'),
    "a boolean in capitals": query_with("<options><showprivate>True</showprivate></options>"),
    "options in another order": query_with(
        "<options><showprivate>true</showprivate><caseinsensitive>true</caseinsensitive></options>"
    ),
    "lookup by name": request("<lookup><name>VENDOR</name></lookup>"),
    "two ways to read more": request("<readMore><resultId>x</resultId><object>V</object></readMore>"),
    "an empty create": request("<create/>"),
    "delete without keys": request("<delete><object>APBILL</object></delete>"),
    "delete of two objects": request("<delete><object>A</object><object>B</object><keys>1</keys></delete>"),
    "a bill without vendor": request(legacy_bill(vendorid="")),
    "a bill without due date or term": request(legacy_bill(datedue="")),
    "a bill with the date in one text": request(legacy_bill(datecreated="<datecreated>2026-01-02</datecreated>")),
    "a bill without lines": request(legacy_bill(billitems="<billitems/>")),
    "deleting no bill": request("<delete_bill/>"),
    "no application": request("<get_companyprefs/>"),
    "a user in words": request("<getUserPermissions><user>u</user></getUserPermissions>"),
}
ALL = [(text, True) for text in GOOD.values()] + [(text, False) for text in BAD.values()]
NAMES = [*GOOD, *BAD]


def sage() -> list[etree.XMLSchema]:
    """Sage's own schema if the file is present, without a branch that libxml2 cannot compile."""
    if not SAGE.exists():
        return []
    tree = etree.parse(SAGE)
    for element in tree.iter("{http://www.w3.org/2001/XMLSchema}element"):
        if element.get("name") == "arguments":
            element.clear()
            element.set("name", "arguments")
    return [etree.XMLSchema(tree)]


SCHEMAS = [schema(), *sage()]
by_each_schema = pytest.mark.parametrize("schema", SCHEMAS, ids=["ours", "sage"][: len(SCHEMAS)])


@by_each_schema
@pytest.mark.parametrize(("text", "good"), ALL, ids=NAMES)
def test_both_schemas_judge_a_request_alike(schema: etree.XMLSchema, text: str, good: bool) -> None:
    assert schema.validate(etree.fromstring(text)) is good


Element = etree._Element


def _take_away(query: Element, path: str) -> None:
    for element in query.findall(path):
        element.getparent().remove(element)  # type: ignore[union-attr]


def _write(query: Element, name: str, text: str) -> None:
    query.find(name).text = text  # type: ignore[union-attr]


BREAKS: dict[str, Callable[[Element], None]] = {
    "no object": lambda query: _take_away(query, "object"),
    "no select": lambda query: _take_away(query, "select"),
    "nothing selected": lambda query: _take_away(query, "select/*"),
    "an empty filter": lambda query: _take_away(query, "filter/*"),
    "no fields in the filter": lambda query: _take_away(query, "filter//field"),
    "two filters": lambda query: query.append(deepcopy(next(query.iterfind("filter")))),
    "an element there is not": lambda query: query.append(etree.Element("limit")),
    "too large a page": lambda query: _write(query, "pagesize", "2001"),
    "a page in words": lambda query: _write(query, "pagesize", "all"),
    "before the first": lambda query: _write(query, "offset", "-1"),
}


def build_request(where: Filter, size: int, offset: int) -> Element:
    function = query("VENDOR", ["NAME"], where=where, order_by=["NAME", "-RECORDNO"], offset=offset, page_size=size)
    return etree.fromstring(
        bytes(build(Sender("s", Secret("p")), Login("c", "u", Secret("p")), [function], control_id="c"))
    )


@pytest.mark.slow
@by_each_schema
@given(where=NESTED, size=st.integers(1, 2000), offset=st.integers(1, 10**6), broken=st.sampled_from([*BREAKS]))
def test_both_schemas_judge_a_generated_request_alike(
    schema: etree.XMLSchema, where: Filter, size: int, offset: int, broken: str
) -> None:
    """Without Sage's schema: ours accepts every request of our client, and refuses it when it is broken."""
    request = build_request(where, size, offset)
    assert schema.validate(request), schema.error_log
    BREAKS[broken](next(request.iterfind(".//query")))
    assert not schema.validate(request)


def test_every_function_of_sages_schema_is_known() -> None:
    """This compares only if Sage's schema is present."""
    if not SAGE.exists():
        return
    (function,) = etree.parse(SAGE).iterfind("{*}element[@name='function']")
    names = {
        element.get("name") or element.get("ref") for element in function.iter("{*}element") if element is not function
    }
    assert names == {*FUNCTION_NAMES}


def sent(gateway: GatewayClient, text: str, company: str = "HARBOUR-MILLS") -> Answer:
    return gateway.send(text.replace("<companyid>c<", f"<companyid>{company}<").encode())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            BAD["a larger page"],
            "Error 1834: Element 'pagesize': [facet 'maxInclusive'] The value '2001' is greater than the maximum value",
        ),
        (BAD["two nodes in a filter"], "Error 1871: Element 'greaterthan': This element is not expected"),
        (
            BAD["and of one"],
            "Error 1871: Element 'and': Missing child element(s). Expected is one of ( and, or, equalto",
        ),
        (
            BAD["no control ID of a function"],
            "Error 1868: Element 'function': The attribute 'controlid' is required but",
        ),
        (
            BAD["a boolean in capitals"],
            "Error 1824: Element 'showprivate': 'True' is not a valid value of the atomic type",
        ),
        ("<request><control></request>", "Fatal Error 76: Opening and ending tag mismatch: control line 1 and request"),
        ("nothing", "Fatal Error 4: Start tag expected, '<' not found"),
    ],
)
def test_schema_error_has_the_words_of_libxml2(gateway: GatewayClient, text: str, message: str) -> None:
    answer = sent(gateway, text)
    assert (answer.status, answer.layer()) == (200, "response")
    number, words = answer.errors()[0]
    assert number == "XL03000003"
    assert words.startswith(f"XML Parse schema error: {message}")


def test_schema_error_has_line_and_column(gateway: GatewayClient) -> None:
    broken = "<request>\n <control>\n</request>"
    assert "Line: 3, column: 11." in sent(gateway, broken).errors()[0][1]


def test_schema_is_checked_after_company_and_before_credentials(gateway: GatewayClient) -> None:
    assert sent(gateway, request("<bogus/>")).errors()[0][0] == "XL03000003"
    assert sent(gateway, request("<bogus/>"), "UNKNOWN").errors()[0][0] == "GW-0011"


def test_xml_entities_are_not_resolved(gateway: GatewayClient) -> None:
    text = '<!DOCTYPE request [<!ENTITY me SYSTEM "file:///etc/passwd">]>' + request(
        "<lookup><object>&me;</object></lookup>"
    )
    assert b"root:" not in sent(gateway, text).response.content


LEGACY = ["create_vendor", "get_trialbalance", "record_deposit", "delete_vendor", "approveVendor"]


@pytest.mark.parametrize("name", LEGACY)
def test_unsupported_function_is_refused_and_others_run(gateway: GatewayClient, name: str) -> None:
    answer = gateway.call(E(name, E.anything("x")), E.getFinancialSetup())
    assert [result.findtext("status") for result in answer.results] == ["failure", "success"]
    assert answer.errors() == [("XL03000006", f"The practice company does not offer the function {name}")]


@pytest.mark.parametrize(
    ("function", "operation", "about"),
    [
        (E.update(E.VENDOR(E.VENDORID("V00001"))), "UPDATE", "VENDOR"),
        (E.delete(E.object("VENDOR"), E.keys("1")), "DELETE", "VENDOR"),
        (E.create(E.VENDOR(E.VENDORID("V9"))), "CREATE", "VENDOR"),
        (E.readRelated(E.object("VENDOR"), E.keys("1"), E.relation("R1")), "READ_RELATED", "VENDOR"),
        (E.get_list(object="vendor"), "GET_LIST", "vendor"),
        (E.get(object="vendor", key="1"), "GET", "vendor"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_function_about_an_object_is_refused_as_recorded(
    gateway: GatewayClient, function: Element, operation: str, about: str
) -> None:
    words = f"API operation '{operation}' cannot be performed on objects of type {about}"
    assert gateway.call(deepcopy(function)).errors() == [("PL04000005", words)]
