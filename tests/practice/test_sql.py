"""The parser of the text that readByQuery takes."""

import pytest

from practice.gateway import sql
from practice.gateway.filters import Node
from practice.gateway.refusals import ResultRefused


def condition(kind: str, field: str, *values: str) -> Node:
    return Node(kind, field, values)


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_empty_text_selects_everything(text: str) -> None:
    assert sql.parse(text) is None


@pytest.mark.parametrize(
    ("sign", "kind"),
    [
        ("=", "equalto"),
        ("!=", "notequalto"),
        ("<>", "notequalto"),
        ("<", "lessthan"),
        ("<=", "lessthanorequalto"),
        (">", "greaterthan"),
        (">=", "greaterthanorequalto"),
    ],
)
@pytest.mark.parametrize("pattern", ["RECORDNO {} 10", "RECORDNO{}10", "RECORDNO {}'10'"])
def test_sign_becomes_a_comparison_with_or_without_spaces(sign: str, kind: str, pattern: str) -> None:
    assert sql.parse(pattern.format(sign)) == condition(kind, "RECORDNO", "10")


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("NAME IS NULL", condition("isnull", "NAME")),
        ("NAME is not null", condition("isnotnull", "NAME")),
        ("NAME LIKE 'A%'", condition("like", "NAME", "A%")),
        ("NAME NOT LIKE '_b'", condition("notlike", "NAME", "_b")),
        ("VENDORID IN ('V1', V2)", condition("in", "VENDORID", "V1", "V2")),
        ("VENDORID not in ('V1')", condition("notin", "VENDORID", "V1")),
        ("VENDOR.TERM.NAME = 'Net 30'", condition("equalto", "VENDOR.TERM.NAME", "Net 30")),
        ("WHENMODIFIED > 03/01/2026", condition("greaterthan", "WHENMODIFIED", "03/01/2026")),
    ],
)
def test_condition_is_parsed_in_any_case(text: str, node: Node) -> None:
    assert sql.parse(text) == node


@pytest.mark.parametrize(
    ("quoted", "value"),
    [
        (r"'O\'Brien'", "O'Brien"),
        (r"'back\\slash'", r"back\slash"),
        ("'AND (x) = OR'", "AND (x) = OR"),
        ("''", ""),
        ("'two\nlines'", "two\nlines"),
    ],
)
def test_quoted_text_is_one_value(quoted: str, value: str) -> None:
    assert sql.parse(f"NAME = {quoted}") == condition("equalto", "NAME", value)


A, B, C = (condition("equalto", name, "1") for name in "ABC")


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("A = 1 AND B = 1 AND C = 1", Node("and", nodes=(A, B, C))),
        ("A = 1 OR B = 1 AND C = 1", Node("or", nodes=(A, Node("and", nodes=(B, C))))),
        ("A = 1 AND B = 1 OR C = 1", Node("or", nodes=(Node("and", nodes=(A, B)), C))),
        ("(A = 1 OR B = 1) AND C = 1", Node("and", nodes=(Node("or", nodes=(A, B)), C))),
        ("((A = 1))", A),
    ],
)
def test_and_binds_tighter_than_or(text: str, node: Node) -> None:
    assert sql.parse(text) == node


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A", "Unexpected end"),
        ("A =", "Unexpected end"),
        ("A = 1 B = 1", "Unexpected B"),
        ("A ~ 1", "~ 1"),
        ("A BETWEEN 1", "Unexpected BETWEEN"),
        ("A NOT = 1", "Unexpected ="),
        ("A = 'open", "'open"),
        ("A = 1)", "Unexpected )"),
        ("(A = 1", "Expected )"),
        ("A IN 1", "Expected ("),
        ("A IS 1", "Expected NULL"),
        ("A = 1 AND", "Unexpected end"),
    ],
)
def test_text_that_is_no_query_is_refused_with_its_place(text: str, words: str) -> None:
    with pytest.raises(ResultRefused) as refused:
        sql.parse(text)
    assert words in refused.value.errors[-1].description2
