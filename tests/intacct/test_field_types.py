"""Types and references of fields are those of Sage's `lookup` replies, from which the practice company is made."""

import pytest

from intacct.catalogue import LISTS, RecordList, dimension_list
from intacct.field_types import FieldType, field_type, referred_list
from practice.records.field_definitions import DEFINITIONS, Field

TYPES: dict[str, FieldType] = {
    "BOOLEAN": "boolean",
    "CURRENCY": "decimal",
    "DATE": "date",
    "DECIMAL": "decimal",
    "ENUM": "enumeration",
    "INTEGER": "integer",
    "TIMESTAMP": "date-time",
}
SLUGS = {record_list.object: record_list.slug for record_list in LISTS}
# `lookup` lists the values of STATE for bills and contracts, but not for these.
WITHOUT_VALUES = {("payments", "STATE"), ("payment-requests", "STATE")}


def looked_up_type(field: Field) -> FieldType:
    if field.values == ("true", "false"):
        return "boolean"
    return "enumeration" if field.values else TYPES.get(field.type, "text")


@pytest.mark.parametrize("record_list", LISTS, ids=lambda record_list: record_list.slug)
def test_types_are_those_that_intacct_names(record_list: RecordList) -> None:
    fields = DEFINITIONS[record_list.object].fields

    differing = {
        name: field_type(record_list, name)
        for name in record_list.fields
        if name in fields and field_type(record_list, name) != looked_up_type(fields[name])
    }

    known = {name for slug, name in WITHOUT_VALUES if slug == record_list.slug} | {record_list.key}
    assert differing.keys() <= known


@pytest.mark.parametrize("record_list", LISTS, ids=lambda record_list: record_list.slug)
def test_references_are_those_that_intacct_names(record_list: RecordList) -> None:
    relations = DEFINITIONS[record_list.object].relations.values()

    named = {relation.by: SLUGS.get(relation.object) for relation in relations if relation.by in record_list.fields}

    for name, slug in named.items():
        if slug and name != record_list.code:
            assert referred_list(record_list, name) == slug, name


def test_every_reference_leads_to_a_list() -> None:
    referred = {referred_list(record_list, name) for record_list in LISTS for name in record_list.fields}

    assert referred - {None} <= set(SLUGS.values())


def test_dimension_of_a_company_has_types_too() -> None:
    dimension = dimension_list("region", "Region")

    assert [field_type(dimension, name) for name in dimension.fields] == ["integer", "text", "date-time", "date-time"]
