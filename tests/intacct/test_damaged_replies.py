"""A damaged reply is read as far as possible: damage affects a character or one function, never the rest."""

import re
from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from intacct import errors as e
from intacct.diagnoses import diagnose, facts
from intacct.functions import LARGEST_PAGE
from intacct.records import Record
from intacct.reply import Damage, Reply
from intacct.reply_encoding import MARK, MOST_MARKS
from intacct.reply_parser import parse
from tests.intacct import replies as r
from tests.intacct.replies import ROWS, TWO_RESULTS

LOST = "\ufffd"


def reply(here: bytes, body: str = "", content_type: str = "text/xml") -> Reply:
    """Parse a page with `here` in place of a name. A second function in the reply must stay readable."""
    answer = parse((body or TWO_RESULTS).encode().replace(b"HERE", here), content_type)
    assert [*answer["other"].or_raise().records] == ROWS[:1]
    return answer


@pytest.mark.parametrize(
    "character",
    [
        *(b"&#11;", b"&#0;", b"&#x1F;", b"&#xD800;", b"&#xFFFE;", b"&#x110000;", b"&#99999999999999999999;", b"&#xZZ;"),
        *(b"\x0b", b"\x00", b"\x1f", b"\xef\xbf\xbe", b"\xef\xbf\xbf", b"\xe9", b"\xff", b"&unknown;"),
    ],
)
def test_forbidden_character_is_replaced_counted_and_located(character: bytes) -> None:
    result = reply(b"Bolts " + character + b"& Co")["f1"]

    assert [*result.as_read().records] == [ROWS[0], {"RECORDNO": "17", "NAME": f"Bolts {LOST}& Co"}]
    assert result.as_read().damages == (Damage(1, "RECORDNO 17", "NAME", 1),)


@pytest.mark.parametrize(
    ("here", "name"),
    [
        (b"Nuts & Bolts", "Nuts & Bolts"),
        (b"a < b > c", "a < b > c"),
        (b"&eacute;&nbsp;&copy", "é\xa0&copy"),
        (b"<![CDATA[a & <b>]]>\x0b", f"a & <b>{LOST}"),
        (b"\xc3\xa9&#233;&#xE9;&#XE9;\x0b", f"ééé&#XE9;{LOST}".replace("&#XE9;", "é")),
        (b"\xef\xbf\xbd\x0b", f"{LOST}{LOST}"),
    ],
)
def test_text_that_needs_no_guess_is_read(here: bytes, name: str) -> None:
    assert reply(here)["f1"].as_read().records[1]["NAME"] == name


def test_data_with_a_lost_character_is_used_only_on_request() -> None:
    """By default it is a failure, so that no check passes on unclear data. It is not retried."""
    result = reply(b"B\x0blts")["f1"]

    with pytest.raises(e.DamagedReply, match="RECORDNO 17, field NAME") as failed:
        result.or_raise()
    assert (failed.value.layer, failed.value.control_id, failed.value.retryable) == ("result", "f1", False)
    assert "RECORDNO 17, field NAME" in diagnose(failed.value).headline % facts(failed.value)


def test_replacement_character_from_intacct_is_not_damage() -> None:
    assert reply(LOST.encode())["f1"].or_raise().records[1]["NAME"] == LOST


def test_damaged_label_is_identified_by_the_id_of_its_field() -> None:
    lookup = (
        '<data listtype="All" count="1"><Type Name="APBILL"><Fields>'
        "<Field><ID>MEMO</ID><LABEL>Memo</LABEL></Field><Field><ID>BEANWORKS</ID><LABEL>HERE</LABEL></Field>"
        "</Fields></Type></data>"
    )
    body = r.ok(r.result(lookup, function="lookup"), r.result(r.page("ITEM", ROWS[:1]), control_id="other"))

    [damage] = reply(b"B\x0bean", body)["f1"].as_read().damages

    assert (damage.named, damage.field) == ("ID BEANWORKS", "LABEL")


UTF8 = '<?xml version="1.0" encoding="UTF-8"?>'


@pytest.mark.parametrize(
    ("declaration", "content_type", "sent", "name"),
    [
        ("", "text/xml; charset=windows-1252", b"\xc9lan \x93", "Élan “"),
        ("", 'text/xml; charset="ISO-8859-1"', b"\xc9lan \x93", "Élan “"),
        ("", "text/xml; charset=ISO8859-1", b"\xc9lan \x93", "Élan “"),
        ('<?xml version="1.0" encoding="iso_8859_1"?>', "", b"\xc9lan \x93", "Élan “"),
        ("", "text/xml;charset=utf-8", "Élan".encode(), "Élan"),
        ("", 'text/xml; encoding="UTF-8"', "Élan".encode(), "Élan"),
        ("", "", "Élan".encode(), "Élan"),
        ('<?xml version="1.0" encoding="ISO-8859-1"?>', "text/xml; charset=utf-8", b"\xc9lan \x93", "Élan “"),
        ("<?xml version='1.0' encoding='latin1' ?>", "", b"\xc9lan \x81", f"Élan {LOST}"),
        ('<?xml version="1.0" encoding="iso-8859-15"?>', "", b"\xa4", "€"),
        ('<?xml version="1.0" encoding="klingon"?>', "", "Élan".encode(), "Élan"),
        ('<?xml version="1.0" encoding="UTF-16"?>', "", "Élan".encode(), "Élan"),
        ('<?xml version="1.0" encoding="base64"?>', "", "Élan".encode(), "Élan"),
        ("\ufeff" + UTF8, "", "Élan".encode(), "Élan"),
        (UTF8, "text/xml; charset=windows-1252", "Élan".encode(), "Élan"),
        ('<?xml version="1.0"?>', "text/xml; charset=windows-1252", b"\xc9lan", "Élan"),
    ],
)
def test_encoding_comes_from_the_declaration_or_else_the_header(
    declaration: str, content_type: str, sent: bytes, name: str
) -> None:
    answer = reply(sent, TWO_RESULTS.replace(UTF8, declaration), content_type)

    assert answer["f1"].as_read().records[1]["NAME"] == name


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_recognized_by_its_first_bytes(encoding: str) -> None:
    mark = "" if encoding == "utf-16" else "\ufeff"
    body = (mark + TWO_RESULTS.replace(UTF8, '<?xml version="1.0" encoding="UTF-16"?>').replace("HERE", "Élan")).encode(
        encoding
    )

    assert parse(body)["f1"].or_raise().records[1]["NAME"] == "Élan"


@pytest.mark.parametrize(
    "name",
    [
        "Build/Disassemble",
        "GLDIMBuild/Disassemble_Kits",
        "My Dimension",
        "1099TYPE",
        "Élan",
        "DEPT#",
        "-x",
        "a:b",
        "x@y",
    ],
)
def test_invalid_xml_names_are_read(name: str) -> None:
    page = r.page("VENDOR", [{"RECORDNO": "1", name: "text", f"{name}2": ""}])
    page = page.replace(f"<{name}2></{name}2>", f"<{name}2/>")
    body = r.ok(r.result(page), r.result(r.page("ITEM", ROWS[:1]), control_id="other"))

    assert [*reply(b"", body)["f1"].or_raise().records] == [{"RECORDNO": "1", name: "text", f"{name}2": ""}]


def test_list_with_an_invalid_xml_name_is_read() -> None:
    rows = [{"id": str(number), "name": "Grün"} for number in range(3)]
    body = r.ok(r.result(r.page("Build/Disassemble", rows)), r.result(r.page("ITEM", ROWS[:1]), control_id="other"))

    assert [*reply(b"", body)["f1"].or_raise().records] == rows


BROKEN = ["</NAME>", "<NAME>", "</VENDOR>", "</data>", "x</NAME><NAME", "<a>x</b>", "<!--", "<b>x</b>y"]


@pytest.mark.parametrize("broken", BROKEN)
def test_result_beyond_repair_fails_only_its_own_function(broken: str) -> None:
    failure = reply(broken.encode())["f1"].failure

    assert type(failure) is e.DamagedReply
    assert "RECORDNO 17" in failure.said
    assert (failure.layer, failure.control_id, failure.retryable) == ("result", "f1", False)


def test_39_of_40_results_are_read_if_one_is_beyond_repair() -> None:
    results = [r.result(r.page("VENDOR", ROWS), control_id=f"f{number}") for number in range(40)]
    results[20] = results[20].replace("</VENDOR></data></result>", "")

    answer = parse(r.ok(*results).encode())

    assert answer.failure is None
    assert [name for name in answer.results if answer[name].failure] == ["f20"]


@pytest.mark.parametrize("here", [b"<b>x</b>", b"<b/>", b"<b><i>x</i></b>", b"<b>x</b>y", b"x<b>y</b>"])
def test_text_with_tags_is_damage_with_record_and_field(here: bytes) -> None:
    data = reply(here)["f1"].as_read()

    assert data.damages == (Damage(1, "RECORDNO 17", "NAME", 1),)
    assert data.records[1]["NAME"] == LOST + re.sub("<.*?>", "", here.decode())


def test_record_whose_key_holds_tags_is_identified_by_position() -> None:
    body = r.ok(r.result(r.page("VENDOR", [{"RECORDNO": "HERE", "NAME": "Nuts"}]))).replace("HERE", "<b>17</b>")

    data = parse(body.encode())["f1"].as_read()

    assert [*data.records] == [{"RECORDNO": f"{LOST}17", "NAME": "Nuts"}]
    assert [damage.field for damage in data.damages] == ["RECORDNO"]


def test_field_that_holds_the_next_field_fails_its_function() -> None:
    body = TWO_RESULTS.replace("HERE</NAME>", "HERE").replace("<RECORDNO>17</RECORDNO>", "<RECORDNO>17")
    body = body.replace("<RECORDNO>17<NAME>HERE", "<RECORDNO>17<NAME>HERE</NAME></RECORDNO>")

    answer = parse(body.encode())

    assert type(answer["f1"].failure) is e.DamagedReply
    assert [*answer["other"].or_raise().records] == ROWS[:1]


def test_truncated_reply_is_retried_even_if_it_is_damaged() -> None:
    with pytest.raises(e.TruncatedReply) as failed:
        parse(TWO_RESULTS.encode().replace(b"HERE", b"\x0b")[:-20])
    assert failed.value.retryable


def test_reply_that_is_completely_damaged_is_refused() -> None:
    for character in (b"\x01", b"\xff", b"\xef\xbf\xbe"):
        with pytest.raises(e.DamagedReply):
            parse(TWO_RESULTS.encode().replace(b"HERE", character * (MOST_MARKS + 1)))


LISTS = {"a": "VENDOR", "b": "ITEM", "c": "CLASS"}
WHOLE = r.ok(
    *(r.result(r.page(name, ROWS), control_id=control_id) for control_id, name in LISTS.items()),
).encode()
PIECES = [
    *(b"<", b">", b"&", b"]]>", b"<x/>", b"<x>", b"</x>", b"</data>", b"<data>", b"<result>", b"</result>", b"<1/>"),
    *(b"&#11;", b"&#x0;", b"&nbsp;", b"&x;", b"\x00", b"\x0b", b"\xe9", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbf\xbe"),
    *(b"</NAME>", b"<NAME>", b"</VENDOR>", b"<status>", b"<!--", b"-->", b"<![CDATA[", b"<?x?>", "é".encode(), b"x"),
    MARK.encode(),
]


@st.composite
def damages(draw: st.DrawFn) -> tuple[bytes, set[str]]:
    """Damage some results of the reply. Return it and the names of the functions that were not damaged."""
    head, *results = WHOLE.split(b"<result>")
    damaged_results = draw(st.sets(st.integers(0, 2), min_size=1, max_size=2))
    for number in damaged_results:
        inside, end, after = results[number].partition(b"</result>")
        for _ in range(draw(st.integers(1, 3))):
            start = draw(st.integers(0, len(inside)))
            cut = draw(st.integers(0, 10))
            inside = inside[:start] + draw(st.sampled_from([b"", *PIECES])) + inside[start + cut :]
        results[number] = inside + end + after
    return b"<result>".join([head, *results]), {name for n, name in enumerate(LISTS) if n not in damaged_results}


def use(answer: Reply, unharmed: set[str]) -> Mapping[str, list[Record]]:
    for name in LISTS:
        if failure := answer[name].failure:
            assert diagnose(failure).headline % facts(failure)
        with suppress(e.IntacctError):
            answer[name].as_read()
    return {name: [*answer[name].or_raise().records] for name in unharmed}


@pytest.mark.slow
@settings(max_examples=300, deadline=2000)
@given(damages())
@example((WHOLE.replace(b"VENDOR>", b"VENDOR>\x0b", 1), {"b", "c"}))
def test_damage_inside_a_result_does_not_change_the_others(damaged: tuple[bytes, set[str]]) -> None:
    body, unharmed = damaged
    # A control ID that became that of another function, and tags of results in wrong places, affect other functions.
    is_ambiguous = body.count(b"result>") != WHOLE.count(b"result>") or b"<!--" in body or b"<![CDATA[" in body
    try:
        answer = parse(body, "text/xml")
        if answer.failure is None and not is_ambiguous:
            unharmed -= {name for name in LISTS if body.count(b"<controlid>%b</controlid>" % name.encode()) != 1}
            assert all(rows == ROWS for rows in use(answer, unharmed).values())
    except e.MisshapenReply:
        assert is_ambiguous


def test_page_with_every_name_damaged_is_read() -> None:
    rows = [{"RECORDNO": str(number), "NAME": "B\x0blt"} for number in range(LARGEST_PAGE)]

    data = parse(r.ok(r.result(r.page("VENDOR", rows))).encode())["f1"].as_read()

    assert {row["NAME"] for row in data.records} == {f"B{LOST}lt"}
    assert sum(damage.characters for damage in data.damages) == LARGEST_PAGE
