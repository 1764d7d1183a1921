"""The records of one object: generators compute them on request, and later changes replace single values."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from practice.records.field_definitions import Definition
from practice.records.sources import Generator, Value, nothing

BLOCK = 2_000
BLOCKS_KEPT = 150
FEW = 100


class Table:
    """`count`: record numbers ever used. `changed`: values that replace the generated ones."""

    def __init__(self, definition: Definition, count: int, generator_of: Callable[[str], Generator | None]) -> None:
        self.definition = definition
        self.initial_count = self.count = count
        self.deletions: list[tuple[int, int]] = []  # (moment, number)
        self.deleted: set[int] = set()
        self.changed: dict[int, dict[str, Value]] = {}
        self.damaged: dict[int, dict[str, str]] = {}  # kind of damage, by record and field
        self.is_ordered = True  # by key, until a key is damaged
        self._find_generator = generator_of
        self._generators: dict[str, Generator] = {}
        self._columns: dict[str, list[Value]] = {}
        self._numbers_by_value: dict[str, dict[Value, int]] = {}
        self._visible: dict[tuple[str, bool], Sequence[int]] = {}
        self._blocks: dict[Any, dict[int, list[bytes]]] = {}

    def generator(self, field: str) -> Generator:
        """Return the current values of a field."""
        if field not in self._generators:
            self._generators[field] = self._with_changes(field, self.original(field))
        return self._generators[field]

    def original(self, field: str) -> Generator:
        """Return the values before any change. Records that link here use these."""
        return self._find_generator(field) or nothing

    def _with_changes(self, field: str, original: Generator) -> Generator:
        changed = self.changed

        def value(i: int) -> Value:
            if i in changed and field in changed[i]:
                return changed[i][field]
            return original(i)

        return value

    def column(self, field: str) -> list[Value]:
        """Return every value of a field by record number, including deleted records."""
        if field not in self._columns:
            self._columns[field] = [*map(self.generator(field), range(self.count))]
        return self._columns[field]

    def find(self, field: str, value: Value) -> int | None:
        """Return the number of the first record with this value, or None."""
        if field not in self._numbers_by_value:
            column = self.column(field)
            self._numbers_by_value[field] = {column[i]: i for i in reversed(range(self.count)) if i not in self.deleted}
        return self._numbers_by_value[field].get(value)

    def visible_rows(self, entity: str, private: bool) -> Sequence[int]:
        """Return the record numbers visible from an entity ("" is the top level).

        `private`: the top level also sees the records that entities own.
        """
        if (entity, private) not in self._visible:
            self._visible[entity, private] = self._select_visible(entity, private)
        return self._visible[entity, private]

    def _select_visible(self, entity: str, private: bool) -> Sequence[int]:
        owned = "MEGAENTITYID" in self.definition.fields and (entity or not private)
        if not owned:
            return [i for i in range(self.count) if i not in self.deleted] if self.deleted else range(self.count)
        owner = self.column("MEGAENTITYID")
        return [i for i in range(self.count) if i not in self.deleted and (not owner[i] or owner[i] == entity)]

    def render_rows(self, rows: Sequence[int], how: Any, render: Callable[[Sequence[int]], list[bytes]]) -> list[bytes]:
        """Return the text of these records. `how` identifies the format.

        Whole blocks are rendered and cached, because a client usually reads on. If only a few records of a block are
        needed, they are rendered alone: the changed records of a long list are spread over all blocks.
        """
        texts = []
        for number, group in groupby(rows, BLOCK.__rfloordiv__):
            run, first = [*group], number * BLOCK
            if len(run) > FEW or number in self._blocks.get(how, ()):
                block = self._block(number, how, render)
                texts += [block[i - first] for i in run]
            else:
                texts += render(run)
        return texts

    def _block(self, number: int, how: Any, render: Callable[[Sequence[int]], list[bytes]]) -> list[bytes]:
        blocks = self._blocks.setdefault(how, {})
        if number not in blocks:
            if sum(map(len, self._blocks.values())) >= BLOCKS_KEPT:
                self._blocks = {how: blocks}
                blocks.clear()
            blocks[number] = render(range(number * BLOCK, min((number + 1) * BLOCK, self.count)))
        return blocks[number]

    def record(self, i: int) -> dict[str, Value]:
        return {field: self.generator(field)(i) for field in self.definition.fields}
