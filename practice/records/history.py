"""Changes to the records since the start of the company, replayed from its journal.

A week adds, edits, deactivates and deletes some records of every list. All changes have the moment of the request as
their stamp, so a partial read from before that moment must find them all. One new record in three has no WHENMODIFIED.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from intacct import catalogue
from practice.company import Company
from practice.records import damage, sizes
from practice.records.generators import GENERATORS
from practice.records.sources import Value, linkable
from practice.records.table import Table

LISTS = {record_list.object: record_list for record_list in catalogue.LISTS}
PAID: dict[str, Value] = {"STATE": "Paid", "RAWSTATE": "C", "TOTALDUE": 0.0, "TRX_TOTALDUE": 0.0}
STATES: dict[str, dict[str, Value]] = {
    "APBILL": PAID,
    "APPYMT": {"STATE": "Confirmed"},
    "APPAYMENTREQUEST": {"STATE": "Confirmed"},
    "EXCHANGERATE": {},
}
Event = dict[str, Any]
CREATED = ("WHENCREATED", "AUWHENCREATED", "createdAt")
MODIFIED = ("WHENMODIFIED", "updatedAt")
COMPUTED = {"RECORDNO", "RECORD_URL", "CREATEDBY", "MODIFIEDBY"}


def week(moment: int) -> dict[str, Any]:
    return {"what": "week", "at": moment}


def edits(moment: int, object_name: str, actions: list[list[Any]], entity: str, field: str = "") -> dict[str, Any]:
    """Return an event with actions on one list, all with one stamp.

    An action is a name and a number that picks the record.

    `field`: the field to damage, if not the usual one of this kind of damage.
    """
    if unknown := {name for name, _ in actions} - ACTIONS.keys():
        raise KeyError(f"action {unknown.pop()}")
    return {"what": "edits", "at": moment, "object": object_name, "actions": actions, "entity": entity, "field": field}


def manual_edit(moment: int, object_name: str, number: int, values: dict[str, Value]) -> dict[str, Any]:
    """Return an event that sets values of one record, as typed by a user on the screen."""
    return {"what": "manual edit", "at": moment, "object": object_name, "number": number, "values": values}


def bill(moment: int, header: dict[str, Value], lines: list[dict[str, Value]]) -> dict[str, Any]:
    return {"what": "bill", "at": moment, "records": {"APBILL": [header], "APBILLITEM": lines}}


def deletion(moment: int, numbers: dict[str, list[int]]) -> dict[str, Any]:
    """Return an event that deletes records. `numbers`: by object."""
    return {"what": "deletion", "at": moment, "deleted": numbers}


def field_deletion(moment: int, object_name: str, field_id: str) -> dict[str, Any]:
    """Return an event that deletes the values of a custom field. That they are lost with the field is a guess."""
    return {"what": "field deletion", "at": moment, "object": object_name, "field": field_id}


def replay(company: Company, table: Table) -> None:
    for number, event in enumerate(company.journal):
        if event["what"] == "week" and table.definition.object not in sizes.LINES:
            _apply_week(table, Random(f"{company.seed}/{table.definition.object}/{number}"), event["at"])  # noqa: S311
        for name, pick in event.get("actions", ()) if event.get("object") == table.definition.object else ():
            ACTIONS[name](table, event, pick)
        if event["what"] == "manual edit" and event["object"] == table.definition.object:
            _change(table, event["number"], event["at"], event["values"])
        for record in event.get("records", {}).get(table.definition.object, ()):
            _add(table, event["at"], _without_generated_values(table) | record)
        for at in event.get("deleted", {}).get(table.definition.object, ()):
            _remove(table, event["at"], at)
        if event["what"] == "field deletion" and event["object"] == table.definition.object:
            for values in table.changed.values():
                values.pop(event["field"], None)


def _apply_week(table: Table, random: Random, at: int) -> None:
    live = [i for i in range(table.count) if i not in table.deleted]
    many = len(live)
    for i in random.sample(live, min(many, max(1, many // 50))):
        _change(table, i, at, _edit(table, i))
    if "STATUS" in table.definition.fields:
        for i in random.sample(live, min(many, max(1, many // 200))):
            _change(table, i, at, {"STATUS": "inactive"})
    free = [i for i in live if i >= linkable(table.initial_count)]
    for i in random.sample(free, min(len(free), max(1, many // 400))):
        _remove(table, at, i)
    for number in range(max(1, many // 100)):
        _add(table, at, {} if number % 3 else dict.fromkeys(MODIFIED))


def _picked_records(table: Table, pick: int) -> list[int]:
    """Return one record number, or none if the list is empty: the record at position `pick` of those not deleted."""
    remaining = table.count - len(table.deleted)
    if not remaining:
        return []
    number = pick % remaining
    for deleted in sorted(table.deleted):
        number += deleted <= number
    return [number]


def _edit_record(table: Table, event: Event, pick: int) -> None:
    for i in _picked_records(table, pick):
        _change(table, i, event["at"], _edit(table, i))


def _deactivate(table: Table, event: Event, pick: int) -> None:
    for i in _picked_records(table, pick):
        _change(table, i, event["at"], {"STATUS": "inactive"})


def _delete(table: Table, event: Event, pick: int) -> None:
    for i in _picked_records(table, pick):
        _remove(table, event["at"], i)


def _add_record(table: Table, event: Event, pick: int) -> None:
    _add(table, event["at"], {})


def _add_unstamped(table: Table, event: Event, pick: int) -> None:
    _add(table, event["at"], dict.fromkeys(MODIFIED))


def _add_private(table: Table, event: Event, pick: int) -> None:
    _add(table, event["at"], {"MEGAENTITYID": event["entity"]})


def _damage(kind: str) -> Callable[[Table, Event, int], None]:
    def action(table: Table, event: Event, pick: int) -> None:
        for i in _picked_records(table, pick):
            _change(table, i, event["at"], damage.damage_record(table, i, kind, event.get("field", "")))

    return action


def _repair(table: Table, event: Event, pick: int) -> None:
    for i in _picked_records(table, pick):
        damage.repair(table, i)
        _change(table, i, event["at"], {})


ACTIONS: dict[str, Callable[[Table, Event, int], None]] = {
    "edit": _edit_record,
    "deactivate": _deactivate,
    "delete": _delete,
    "add": _add_record,
    "add unstamped": _add_unstamped,
    "add private": _add_private,
    "repair": _repair,
    **{f"damage {kind}": _damage(kind) for kind in damage.DAMAGES},
}


def _change(table: Table, i: int, at: int, values: dict[str, Value]) -> None:
    table.changed.setdefault(i, {}).update(values | dict.fromkeys(MODIFIED, at))


def _add(table: Table, at: int, values: dict[str, Value]) -> None:
    stamps: dict[str, Value] = dict.fromkeys((*CREATED, *MODIFIED), at)
    if table.definition.fields.get("WHENCREATED", None) and table.definition.fields["WHENCREATED"].type == "DATE":
        stamps["WHENCREATED"] = at // 86_400
    table.changed[table.count] = {"STATUS": "active", **stamps, **values}
    table.count += 1


def _remove(table: Table, at: int, i: int) -> None:
    table.deleted.add(i)
    table.deletions.append((at, i))


def _without_generated_values(table: Table) -> dict[str, Value]:
    """Return no value for every field that Intacct does not compute for a new record."""
    return dict.fromkeys(table.definition.fields.keys() - COMPUTED - {*CREATED, *MODIFIED})


def _edit(table: Table, i: int) -> dict[str, Value]:
    if table.definition.object in STATES:
        return STATES[table.definition.object]
    name = "name" if table.definition.dimension else _name_field(table.definition.object)
    return {name: f"{table.generator(name)(i)} ·"}


def _name_field(object_name: str) -> str:
    return LISTS[object_name].name if object_name in LISTS else "RECORD_URL"


def audit_rows(company: Company, table: Callable[[str], Table]) -> list[dict[str, Value]]:
    """Return the audit trail. It has deletions only, because clients read it to find deletions."""
    objects = [*GENERATORS, *(dimension.object for dimension in company.dimensions)]
    deleted = [(at, name, i) for name in objects for at, i in table(name).deletions]
    return [
        {
            "ID": str(number + 1),
            "OBJECTTYPE": name.lower(),
            "OBJECTKEY": str(table(name).generator(LISTS[name].code if name in LISTS else "id")(i)),
            "USERID": "admin",
            "ACCESSTIME": at,
            "ACCESSMODE": "Delete",
            "SOURCE": "ui",
        }
        for number, (at, name, i) in enumerate(sorted(deleted))
    ]
