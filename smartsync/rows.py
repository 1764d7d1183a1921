"""Records of a page as they are stored: a third of their size, in the order of their keys."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from json.encoder import encode_basestring as quoted
from operator import itemgetter

from intacct.catalogue import RecordList
from intacct.flat import Record
from intacct.reading import key_number
from intacct.statuses import status_of
from smartsync.models import ListRun

Row = tuple[int, str, str, bool, str, bytes]
"""Key, code, name, active, fields as JSON in one order, and their fingerprint. The key of a record without one is 0."""
Pick = Callable[[Record], tuple[str, ...]]


@dataclass(frozen=True)
class Rows:
    """`keyed`: in the order of their keys. `unkeyed`: of records without a usable key."""

    keyed: Sequence[Row] = ()
    unkeyed: Sequence[Row] = ()

    def __len__(self) -> int:
        return len(self.keyed) + len(self.unkeyed)

    def between(self, after: int, before: int | None) -> "Rows":
        """Those whose keys lie between these, and those without a key."""
        return Rows([row for row in self.keyed if after < row[0] and (not before or row[0] < before)], self.unkeyed)


def rows_of(list_run: ListRun, records: Sequence[Record], unkeyed: Sequence[Record] = ()) -> Rows:
    kind, names = list_run.record_list, sorted(list_run.fields)
    heads = [f'{quoted(name)}: "' for name in names]
    frame = [part for head in ["{" + heads[0], *(f'", {each}' for each in heads[1:])] for part in (head, "")] + ['"}']
    # The key once more: of a single name, itemgetter would make no tuple.
    pick = itemgetter(*names, kind.key)

    def row(record: Record) -> Row:
        return _row(kind, record, _json(_values(record, names, pick), frame))

    return Rows(sorted(map(row, records)), [*map(row, unkeyed)])


def _row(kind: RecordList, record: Record, canonical: str) -> Row:
    active = not kind.status or status_of(record.get(kind.status, "")).is_active
    # Half a surrogate pair cannot be stored; that is found where it is tried.
    fingerprint = blake2b(canonical.encode(errors="surrogatepass"), digest_size=16).digest()
    key = record.get(kind.key, "")
    code = record.get(kind.code, "") or key
    return key_number(key) or 0, code, record.get(kind.name, ""), active, canonical, fingerprint


def _values(record: Record, names: Sequence[str], pick: Pick) -> Sequence[str]:
    """A record mostly has all its fields, and then they are picked three times as fast as one by one."""
    try:
        return pick(record)[:-1]
    except KeyError:
        return [record.get(name, "") for name in names]


def _json(values: Sequence[str], frame: Sequence[str]) -> str:
    """The values put into their frame. Few hold what is to be escaped, and json.dumps takes three times as long."""
    whole = "".join(values)
    if len(quoted(whole)) > len(whole) + len('""'):
        values = [quoted(value)[1:-1] for value in values]
    parts = [*frame]
    parts[1::2] = values
    return "".join(parts)
