"""Parser of the SQL-like text of readByQuery. It returns the same filter nodes as the XML of `query`."""

import re

from practice.gateway.filters import Node
from practice.gateway.refusals import bad_query

TOKEN = re.compile(
    r"""\s*(?:(?P<string>'(?:\\.|[^'\\])*')|(?P<operator><=|>=|!=|<>|[<>=(),])|(?P<word>[\w.#/:+-]+))""", re.DOTALL
)
OPERATORS = {
    "=": "equalto",
    "!=": "notequalto",
    "<>": "notequalto",
    "<": "lessthan",
    "<=": "lessthanorequalto",
    ">": "greaterthan",
    ">=": "greaterthanorequalto",
}


def parse(source: str) -> Node | None:
    """Parse the text; None if it is empty. Raise the refusal of a bad query."""
    tokens = _tokens(source)
    if not tokens:
        return None
    parser = _Parser(tokens)
    node = parser.parse_or()
    if parser.tokens:
        raise bad_query(f"Unexpected {parser.tokens[0]}")
    return node


def _tokens(source: str) -> list[str]:
    tokens, at, source = [], 0, source.strip()
    while at < len(source):
        match = TOKEN.match(source, at)
        if match is None:
            raise bad_query(f"Unexpected {source[at : at + 20]}")
        tokens.append(match.group().strip())
        at = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens

    def parse_or(self) -> Node:
        nodes = [self.parse_and()]
        while self._take("OR"):
            nodes.append(self.parse_and())
        return Node("or", nodes=tuple(nodes)) if len(nodes) > 1 else nodes[0]

    def parse_and(self) -> Node:
        nodes = [self.parse_term()]
        while self._take("AND"):
            nodes.append(self.parse_term())
        return Node("and", nodes=tuple(nodes)) if len(nodes) > 1 else nodes[0]

    def parse_term(self) -> Node:
        if self._take("("):
            node = self.parse_or()
            self._expect(")")
            return node
        return self._condition(self._next())

    def _condition(self, field: str) -> Node:
        if self._take("IS"):
            kind = "isnotnull" if self._take("NOT") else "isnull"
            self._expect("NULL")
            return Node(kind, field)
        prefix = "not" if self._take("NOT") else ""
        if self._take("LIKE"):
            return Node(prefix + "like", field, (self._value(),))
        if self._take("IN"):
            return Node(prefix + "in", field, self._values())
        sign = self._next()
        if prefix or sign not in OPERATORS:
            raise bad_query(f"Unexpected {sign}")
        return Node(OPERATORS[sign], field, (self._value(),))

    def _values(self) -> tuple[str, ...]:
        self._expect("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self) -> str:
        token = self._next()
        return re.sub(r"\\(.)", r"\1", token[1:-1]) if token.startswith("'") else token

    def _next(self) -> str:
        if not self.tokens:
            raise bad_query("Unexpected end")
        return self.tokens.pop(0)

    def _take(self, word: str) -> bool:
        if self.tokens and self.tokens[0].upper() == word:
            self.tokens.pop(0)
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise bad_query(f"Expected {word}")
