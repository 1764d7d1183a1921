"""Generators of the fields that nearly every object has."""

from collections.abc import Callable

from practice.records.field_definitions import Definition
from practice.records.sources import DAY, YEARS, Generator, Generators, Source, Value, always

MODIFIERS = ("admin", "jsmith", "integration")
IMPORTS = 3  # Past bulk imports. Each gave many records the same stamp.


def common(source: Source, definition: Definition) -> Generators:
    """Return generators of keys, stamps, status and owner. An object's own generators override these."""
    created, modified = when_created(source), when_modified(source)
    generators: Generators = {
        "RECORDNO": recordno,
        "WHENCREATED": created,
        "AUWHENCREATED": created,
        "WHENMODIFIED": modified,
        "CREATEDBY": always(1),
        "MODIFIEDBY": always(1),
        "CREATEDBYLOGINID": always("admin"),
        "MODIFIEDBYLOGINID": source.choice("modifier", MODIFIERS),
        "RECORD_URL": lambda i: f"https://practice.example.com/ia/acct/ur.phtml?.r={source.object}-{recordno(i)}",
        "STATUS": status(source, definition),
        "MEGAENTITYKEY": owner(source, "key"),
        "MEGAENTITYID": owner(source, "id"),
        "MEGAENTITYNAME": owner(source, "name"),
        "id": lambda i: i + 1,
        "createdAt": created,
        "updatedAt": modified,
        "createdBy": always(1),
        "updatedBy": always(1),
    }
    flags = {name: always("false") for name, field in definition.fields.items() if field.type == "BOOLEAN"}
    return flags | generators


def recordno(i: int) -> int:
    """Return ascending numbers with gaps."""
    return i + 1 + i // 9


def when_created(source: Source) -> Callable[[int], int]:
    first, step = source.dataset.start - YEARS * DAY, YEARS * DAY // max(1, source.size)
    return lambda i: first + i * step + i % 60


def when_modified(source: Source) -> Generator:
    """Return modification stamps: none for one record in eleven, an import's stamp for a third, else a later moment."""
    number, created, start = source.hash("modified"), when_created(source), source.dataset.start

    def make(i: int) -> Value:
        drawn = number(i)
        if drawn % 11 == 0:
            return None
        if drawn % 3 == 0:
            return start - (drawn // 3 % IMPORTS + 1) * 40 * DAY
        created_at = created(i)
        return created_at + drawn % max(1, start - created_at)

    return make


def status(source: Source, definition: Definition) -> Generator:
    number = source.hash("status")
    non_posting = "STATUS" in definition.fields and "active non-posting" in definition.fields["STATUS"].values

    def make(i: int) -> Value:
        drawn = number(i) % 100
        if drawn < 7:
            return "inactive"
        return "active non-posting" if non_posting and drawn < 10 else "active"

    return make


def owner(source: Source, field: str) -> Generator:
    """Return a generator that makes one record in nine private to an entity."""
    number, entities = source.hash("owner"), source.dataset.owners
    columns: dict[str, list[Value]] = {
        "key": [at + 1 for at in range(len(entities))],
        "id": [entity.id for entity in entities],
        "name": [entity.name for entity in entities],
    }
    values = columns[field]

    def make(i: int) -> Value:
        drawn = number(i)
        return values[drawn // 9 % len(values)] if values and drawn % 9 == 0 else None

    return make
