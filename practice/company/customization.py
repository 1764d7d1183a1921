"""Platform Services: add, edit and delete custom fields, and add user-defined dimensions."""

import re
from collections.abc import Sequence
from dataclasses import replace

from practice.company.company import Company
from practice.company.parts import CustomField, Dimension, Refused


def add_custom_field(company: Company, custom_field: CustomField) -> None:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,39}", custom_field.id):
        raise Refused(
            "A field ID must start with a letter and can have up to 40 letters, digits or underscores.", "field_id"
        )
    new_key = (custom_field.object, custom_field.id.upper())
    if new_key in {(field.object, field.id.upper()) for field in company.custom_fields}:
        raise Refused(f"{custom_field.object} already has a field {custom_field.id}.", "field_id")
    company.custom_fields.append(custom_field)


def add_custom_fields(company: Company, custom_fields: Sequence[CustomField]) -> None:
    """Add all fields, or none if one is refused."""
    before = [*company.custom_fields]
    try:
        for field in custom_fields:
            add_custom_field(company, field)
    except Refused:
        company.custom_fields = before
        raise


def edit_custom_field(company: Company, object_name: str, field_id: str, *, label: str, description: str) -> None:
    """Change a field. Its ID and data type cannot change after creation."""
    custom_field = company.custom_field(object_name, field_id)
    if not custom_field:
        raise Refused(f"{object_name} has no field {field_id}.")
    edited = replace(custom_field, label=label, description=description)
    company.custom_fields = [edited if field is custom_field else field for field in company.custom_fields]


def delete_custom_field(company: Company, object_name: str, field_id: str) -> None:
    company.custom_fields = [
        field for field in company.custom_fields if (field.object, field.id) != (object_name, field_id)
    ]


def add_dimension(company: Company, object_name: str, label: str) -> None:
    # Intacct accepts names that are not valid XML names: GLDIMBuild/Disassemble_Kits_Transaction_Detail
    # (github.com/intacct/intacct-sdk-net/issues/22).
    if not object_name.isprintable() or not 0 < len(object_name.strip()) <= 80 or set(object_name) & set("<>&"):
        raise Refused("An object name can have up to 80 characters, except <, > and &.", "object_name")
    if any(dimension.object == object_name for dimension in company.dimensions):
        raise Refused(f"A dimension {object_name} already exists.", "object_name")
    company.dimensions.append(Dimension(object_name, label))
