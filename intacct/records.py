"""The records of a page: each as {tag: text}, or all together as a table."""

from collections.abc import Iterator, Sequence
from typing import overload

Record = dict[str, str]


class Table(Sequence[Record]):
    """Records with the same fields, as tuples of values. A record becomes a dictionary only when it is read.

    Most records are only stored, column by column. As dictionaries, a page takes twice as long and three times as much
    memory. names: of the fields; of two equal names, the last one counts. rows: the values of each record.
    """

    def __init__(self, names: Sequence[str], rows: Sequence[tuple[str, ...]]) -> None:
        self.names = names
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Record]:
        return (self._record(row) for row in self.rows)

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> "Table": ...
    def __getitem__(self, index: int | slice) -> "Record | Table":
        return Table(self.names, self.rows[index]) if isinstance(index, slice) else self._record(self.rows[index])

    def columns(self) -> dict[str, tuple[str, ...]]:
        """The values of each field, in the order of the records."""
        return dict(zip(self.names, zip(*self.rows, strict=True), strict=False))

    def _record(self, row: tuple[str, ...]) -> Record:
        return dict(zip(self.names, row, strict=True))


def columns(records: Sequence[Record], names: Sequence[str]) -> list[Sequence[str]]:
    """The values of each of these fields, in the order of the records; "" for a field that a record does not have."""
    if not isinstance(records, Table):
        return [[record.get(name, "") for record in records] for name in names]
    present, absent = records.columns(), ("",) * len(records)
    return [present.get(name, absent) for name in names]
