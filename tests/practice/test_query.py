"""The query function."""

import csv
import io
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.practice.gateway_client import E, GatewayClient, condition, query

FIELDS = "RECORDNO VENDORID NAME STATUS CURRENCY TOTALDUE PARENTID WHENMODIFIED MEGAENTITYID"


def everything(gateway: GatewayClient, name: str = "VENDOR", fields: str = FIELDS) -> list[dict[str, str]]:
    truth: list[dict[str, str]] = gateway.control(f"oracle/{name}", "GET", fields=",".join(fields.split()))["records"]
    return truth


def read_by_key(
    gateway: GatewayClient, name: str, fields: str, key: str = "RECORDNO", page: int = 2000
) -> list[dict[str, str]]:
    """Read a whole list in pages by its key."""
    records: list[dict[str, str]] = []
    last = "0"
    while True:
        ask = query(name, fields, condition("greaterthan", key, last), order=key, page=page, showprivate="true")
        rows = gateway.call(ask).records()
        records += rows
        if len(rows) < page:
            return records
        last = rows[-1][key]


def test_list_read_by_key_equals_the_oracle(gateway: GatewayClient) -> None:
    assert read_by_key(gateway.open(), "VENDOR", FIELDS) == everything(gateway)


def test_a_dimension_is_read_by_its_lower_case_fields(gateway: GatewayClient) -> None:
    rows = read_by_key(gateway.open(), "grant_program", "id name createdAt updatedAt", key="id", page=7)
    assert rows == everything(gateway, "grant_program", "id name createdAt updatedAt")


def test_counts_show_the_position_of_a_page(gateway: GatewayClient) -> None:
    total = str(gateway.control("oracle/VENDOR", "GET")["count"])
    data = gateway.call(query("VENDOR", order="RECORDNO", page=30, offset=60, showprivate="true")).data()
    left = str(int(total) - 90)
    assert data == {"listtype": "VENDOR", "totalcount": total, "offset": "60", "count": "30", "numremaining": left}
    nothing = gateway.call(query("VENDOR", where=condition("equalto", "VENDORID", "none"))).data()
    assert nothing == {"listtype": "VENDOR", "totalcount": "0", "offset": "0", "count": "0", "numremaining": "0"}


def test_without_orderby_every_record_comes_once_in_another_order(gateway: GatewayClient) -> None:
    gateway.open()
    pages = [gateway.call(query("CUSTOMER", page=2000, offset=at)).records() for at in (0, 2000)]
    keys = [int(row["RECORDNO"]) for page in pages for row in page]
    assert len(set(keys)) == len(keys) == int(gateway.call(query("CUSTOMER")).data()["totalcount"])
    assert keys != sorted(keys)


def test_private_records_are_visible_with_showprivate_and_in_their_entity(gateway: GatewayClient) -> None:
    rows = everything(gateway)
    public = [row for row in rows if not row["MEGAENTITYID"]]
    assert int(gateway.call(query("VENDOR")).data()["totalcount"]) == len(public) < len(rows)
    gateway.entity = "200"
    of_entity = [row for row in rows if row["MEGAENTITYID"] in ("", "200")]
    assert int(gateway.call(query("VENDOR")).data()["totalcount"]) == len(of_entity)


@pytest.mark.parametrize(
    ("filter_node", "holds"),
    [
        (condition("equalto", "STATUS", "inactive"), lambda row: row["STATUS"] == "inactive"),
        (condition("equalto", "STATUS", "F"), lambda row: row["STATUS"] == "inactive"),
        (condition("notequalto", "CURRENCY", "USD"), lambda row: row["CURRENCY"] != "USD"),
        (condition("like", "NAME", "Maple%"), lambda row: row["NAME"].startswith("Maple")),
        (condition("notlike", "VENDORID", "%1_"), lambda row: row["VENDORID"][-2] != "1"),
        (condition("in", "VENDORID", "V00003", "V00009"), lambda row: row["VENDORID"] in ("V00003", "V00009")),
        (condition("notin", "CURRENCY", "USD", "CAD"), lambda row: row["CURRENCY"] not in ("USD", "CAD")),
        (condition("between", "RECORDNO", "40", "90"), lambda row: 40 <= int(row["RECORDNO"]) <= 90),
        (condition("lessthan", "TOTALDUE", "99.5"), lambda row: float(row["TOTALDUE"]) < 99.5),
        (condition("isnull", "WHENMODIFIED"), lambda row: not row["WHENMODIFIED"]),
        (condition("isnotnull", "PARENTID"), lambda row: row["PARENTID"]),
        (condition("notequalto", "PARENTID", "V00001"), lambda row: row["PARENTID"] not in ("", "V00001")),
    ],
)
def test_filter_selects_the_matching_records(gateway: GatewayClient, filter_node: etree._Element, holds: Any) -> None:
    rows = gateway.call(query("VENDOR", FIELDS, filter_node, order="RECORDNO", page=2000, showprivate="true")).records()
    assert rows
    assert rows == [row for row in everything(gateway) if holds(row)][:2000]


CONDITIONS = st.sampled_from(
    [
        (condition("greaterthan", "RECORDNO", "300"), lambda row: int(row["RECORDNO"]) > 300),
        (condition("lessthanorequalto", "RECORDNO", "900"), lambda row: int(row["RECORDNO"]) <= 900),
        (condition("equalto", "CURRENCY", "CAD"), lambda row: row["CURRENCY"] == "CAD"),
        (condition("isnull", "WHENMODIFIED"), lambda row: not row["WHENMODIFIED"]),
        (condition("like", "NAME", "%Ltd%"), lambda row: "Ltd" in row["NAME"]),
    ]
)


def nest(inner: Any) -> Any:
    return st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)).map(
        lambda drawn: (_join(drawn), _holds(drawn))
    )


def _join(drawn: tuple[str, list[Any]]) -> etree._Element:
    return E(drawn[0], *(etree.fromstring(etree.tostring(node)) for node, _ in drawn[1]))


def _holds(drawn: tuple[str, list[Any]]) -> Any:
    every = all if drawn[0] == "and" else any
    return lambda row: every(holds(row) for _, holds in drawn[1])


def test_nested_filters_follow_boolean_logic(gateway: GatewayClient) -> None:
    rows = everything(gateway.open())

    @settings(max_examples=40)
    @given(st.recursive(CONDITIONS, nest, max_leaves=6))
    def holds(drawn: tuple[etree._Element, Any]) -> None:
        node = etree.fromstring(etree.tostring(drawn[0]))
        answer = gateway.call(query("VENDOR", "RECORDNO", node, order="RECORDNO", page=1, showprivate="true"))
        assert int(answer.data()["totalcount"]) == sum(bool(drawn[1](row)) for row in rows)

    holds()


def test_filter_is_case_sensitive_by_default(gateway: GatewayClient) -> None:
    filter_node = condition("like", "NAME", "maple%")
    assert gateway.call(query("VENDOR", where=filter_node)).data()["totalcount"] == "0"
    assert gateway.call(query("VENDOR", where=filter_node, caseinsensitive="true")).data()["totalcount"] != "0"


def test_empty_values_sort_last_and_descending_reverses(gateway: GatewayClient) -> None:
    up = gateway.call(query("VENDOR", "WHENMODIFIED", order="WHENMODIFIED", page=2000)).records()
    stamps = [row["WHENMODIFIED"] for row in up if row["WHENMODIFIED"]]
    assert stamps == sorted(stamps, key=_moment)
    assert [bool(row["WHENMODIFIED"]) for row in up] == sorted((bool(row["WHENMODIFIED"]) for row in up), reverse=True)
    down = gateway.call(query("VENDOR", order="RECORDNO desc", page=3)).records()
    assert [int(row["RECORDNO"]) for row in down] == sorted((int(row["RECORDNO"]) for row in down), reverse=True)


def _moment(text: str, pattern: str = "%m/%d/%Y %H:%M:%S") -> datetime:
    return datetime.strptime(text, pattern).replace(tzinfo=UTC)


def test_related_field_equals_the_field_of_the_linked_record(gateway: GatewayClient) -> None:
    names = {row["VENDORID"]: row["NAME"] for row in everything(gateway)}
    terms = {row["NAME"]: row["DESCRIPTION"] for row in everything(gateway, "APTERM", "NAME DESCRIPTION")}
    fields = "PARENTID PARENT.NAME TERMNAME TERM.DESCRIPTION"
    for row in gateway.call(query("VENDOR", fields, condition("isnotnull", "PARENTID"), page=50)).records():
        assert row["PARENT.NAME"] == names[row["PARENTID"]]
        assert row["TERM.DESCRIPTION"] == terms.get(row["TERMNAME"], "")


@pytest.mark.parametrize(
    ("refused_query", "named"),
    [
        (query("VENDOR", "NAME NOSUCH RECORDNO GONE"), "VENDOR: [NOSUCH, GONE]"),
        (query("VENDOR", "PARENT.PARENT.NAME"), "VENDOR: [PARENT.PARENT.NAME]"),
        (query("CHECKINGACCOUNT", "DEPT#"), "CHECKINGACCOUNT: [DEPT#]"),
        (query("PROJECT", "CFDA"), "PROJECT: [CFDA]"),
        (query("grant_program", "RECORDNO"), "grant_program: [RECORDNO]"),
        (query("VENDOR", order="NOSUCH"), "VENDOR: [NOSUCH]"),
        (query("VENDOR", where=condition("isnull", "NOSUCH")), "VENDOR: [NOSUCH]"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_fields_that_cannot_be_queried_are_named_in_one_error(
    gateway: GatewayClient, refused_query: etree._Element, named: str
) -> None:
    words = f"The following fields cannot be queried : [{named} ]"
    assert gateway.call(refused_query).errors() == [("XL03000006", words)]


@pytest.mark.parametrize(
    "refused_query",
    [
        query("VENDOR", where=condition("greaterthan", "WHENMODIFIED", "2025-01-02T03:04:05")),
        query("VENDOR", where=condition("greaterthan", "RECORDNO", "many")),
    ],
)
def test_unreadable_filter_value_returns_the_generic_query_error(
    gateway: GatewayClient, refused_query: etree._Element
) -> None:
    (first, _) = gateway.call(refused_query).errors()
    assert first == ("DL02000001", "There was an error processing the request.")


def test_unknown_object_is_refused(gateway: GatewayClient) -> None:
    assert gateway.call(query("FOO")).errors() == [("Query Failed", "Object definition FOO not found")]


def test_stamps_have_the_users_time_zone_and_format(gateway: GatewayClient) -> None:
    before = gateway.call(
        query("VENDOR", "WHENMODIFIED", condition("isnotnull", "WHENMODIFIED"), order="RECORDNO", page=1)
    )
    gateway.control(formatting={"gmtoffset": -8, "dateformat": "-dmY", "clock": "12"})
    after = gateway.call(
        query("VENDOR", "WHENMODIFIED", condition("isnotnull", "WHENMODIFIED"), order="RECORDNO", page=1)
    )
    was, now = before.records()[0]["WHENMODIFIED"], after.records()[0]["WHENMODIFIED"]
    assert _moment(now, "%d-%m-%Y %I:%M:%S %p") == _moment(was) - timedelta(hours=8)
    same = gateway.call(query("VENDOR", "RECORDNO", condition("equalto", "WHENMODIFIED", now)))
    assert int(same.data()["totalcount"]) > 0


def test_json_reply_is_a_bare_array_and_errors_are_xml(gateway: GatewayClient) -> None:
    answer = gateway.call(query("VENDOR", FIELDS, order="RECORDNO", page=50, showprivate="true", returnformat="json"))
    assert answer.response.headers["Content-Type"] == "application/json"
    assert [_texts(row) for row in answer.response.json()] == everything(gateway)[:50]
    wrong = gateway.call(query("VENDOR", "NOSUCHFIELD", returnformat="json"))
    assert (wrong.layer(), wrong.errors()[0][0]) == ("result", "XL03000006")


def _texts(record: dict[str, str | None]) -> dict[str, str]:
    return {name: value or "" for name, value in record.items()}


@pytest.mark.parametrize(
    ("field", "empty"),
    [("CREDITLIMIT", None), ("WHENMODIFIED", None), ("PARENTID", "")],
    ids=["number", "time", "text"],
)
def test_empty_numbers_and_times_are_null_in_json(gateway: GatewayClient, field: str, empty: str | None) -> None:
    ask = query("VENDOR", field, condition("isnull", field), page=1, returnformat="json")
    assert gateway.call(ask).response.json() == [{field: empty}]


def test_an_empty_date_is_null_in_json(gateway: GatewayClient) -> None:
    ask = query("EMPLOYEE", "ENDDATE", condition("isnull", "ENDDATE"), page=1, returnformat="json")
    assert gateway.call(ask).response.json() == [{"ENDDATE": None}]


def test_csv_has_a_header_and_rows(gateway: GatewayClient) -> None:
    answer = gateway.call(query("VENDOR", FIELDS, order="RECORDNO", page=200, showprivate="true", returnformat="csv"))
    answer.response.encoding = "utf-8"
    assert [*csv.DictReader(io.StringIO(answer.response.text))] == everything(gateway)[:200]


def test_aggregates_have_their_own_tags(gateway: GatewayClient) -> None:
    rows = everything(gateway)
    select = E.select(E.count("RECORDNO"), E.max("RECORDNO"), E.sum("TOTALDUE"))
    ask = E.query(E.object("VENDOR"), select, E.options(E.showprivate("true")))
    (totals,) = gateway.call(ask).records()
    assert totals["COUNT.RECORDNO"] == str(len(rows))
    assert totals["MAX.RECORDNO"] == rows[-1]["RECORDNO"]
    assert float(totals["SUM.TOTALDUE"]) == pytest.approx(sum(float(row["TOTALDUE"]) for row in rows))
    groups = E.query(E.object("VENDOR"), E.select(E.field("CURRENCY"), E.count("RECORDNO")))
    counted = {row["CURRENCY"]: int(row["COUNT.RECORDNO"]) for row in gateway.call(groups).records()}
    assert sum(counted.values()) == sum(not row["MEGAENTITYID"] for row in rows)


def test_reply_is_compressed_when_the_client_accepts_it(gateway: GatewayClient) -> None:
    ask = gateway.request(query("VENDOR", FIELDS, page=500))
    zipped, plain = gateway.send(ask), gateway.send(ask, **{"Accept-Encoding": "identity"})
    assert zipped.response.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.response.headers
    assert zipped.records() == plain.records()


def test_pages_of_any_size_leave_no_gap(gateway: GatewayClient) -> None:
    gateway.open()
    keys = [row["RECORDNO"] for row in everything(gateway, "TASK", "RECORDNO")]
    size = random.Random(7).randint(300, 900)
    assert [row["RECORDNO"] for row in read_by_key(gateway, "TASK", "RECORDNO TASKID PROJECTID", page=size)] == keys
