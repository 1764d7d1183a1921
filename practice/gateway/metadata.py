"""The functions that describe objects: lookup and inspect."""

from lxml import etree

from practice.gateway import access
from practice.gateway.calls import Call
from practice.gateway.refusals import unknown_type
from practice.gateway.xml import element, leaf, text
from practice.records.field_definitions import DEFINITIONS, Definition, Field, Relation, definition_of

UNSAID = "No description specified"
DATA_NAMES = {
    "INTEGER": ("Pt_FieldInt", "integer"),
    "TEXT": ("Pt_FieldString", "text"),
    "ENUM": ("Pt_FieldString", "enum"),
    "BOOLEAN": ("Pt_FieldBoolean", "boolean"),
    "DATE": ("Pt_FieldDate", "date"),
    "TIMESTAMP": ("Pt_FieldDateTime", "timestamp"),
}
NUMBER = ("Pt_FieldDouble", "decimal")
LABELS = {
    "APBILL": "AP Bill",
    "GLACCOUNT": "GL account",
    "LOCATIONENTITY": "Entity",
    "APTERM": "AP term",
    "USERINFO": "User",
}


def lookup(call: Call, node: etree._Element) -> str:
    definition = access.definition_for(call.company, (node.findtext("object") or "").strip())
    fields = element("Fields", *(_field(field) for field in definition.fields.values()))
    relations = element("Relationships", *(_relation(relation) for relation in definition.relations.values()))
    kind = element("Type", fields, relations, Name=definition.object, DocumentType="")
    return element("data", kind, listtype="All", count="1")


def _field(field: Field) -> str:
    values = element("VALIDVALUES", *(leaf("VALIDVALUE", value) for value in field.values)) if field.values else ""
    return element(
        "Field",
        leaf("ID", field.id),
        leaf("LABEL", field.label or "No label specified"),
        leaf("DESCRIPTION", field.description or UNSAID),
        leaf("REQUIRED", str(field.required).lower()),
        leaf("READONLY", str(field.read_only).lower()),
        leaf("DATATYPE", field.type),
        values,
        leaf("ISCUSTOM", str(field.custom).lower()),
    )


def _relation(relation: Relation) -> str:
    return element(
        "Relationship",
        leaf("OBJECTPATH", relation.path),
        leaf("OBJECTNAME", relation.object),
        leaf("LABEL", relation.label),
        leaf("RELATIONSHIPTYPE", relation.kind),
        leaf("RELATEDBY", relation.by),
    )


def inspect(call: Call, node: etree._Element) -> str:
    name = (node.findtext("object") or node.findtext("name") or "").strip()
    if name == "*":
        return element("data", *_all_objects(call), listtype="All", count="1")
    definition = _definition(call, name)
    if node.get("detail") in ("1", "true"):
        return element("data", _details(definition), listtype="All", count="1")
    fields = element("Fields", *(leaf("Field", field) for field in definition.fields))
    return element("data", element("Type", fields, Name=definition.object), listtype="All", count="1")


def _definition(call: Call, name: str) -> Definition:
    if definition_of(call.company, name) is None and definition_of(call.company, name.upper()) is None:
        raise unknown_type(name)
    return access.definition_for(call.company, name)


def _all_objects(call: Call) -> list[str]:
    """Return every object, independent of the user's permissions and the company's subscriptions."""
    names = {definition: LABELS.get(definition, definition.title()) for definition in DEFINITIONS}
    names |= {dimension.object: dimension.label for dimension in call.company.dimensions}
    return [element("type", text(label), typename=name) for name, label in names.items()]


def _details(definition: Definition) -> str:
    label = LABELS.get(definition.object, definition.object.title())
    attributes = element(
        "Attributes", leaf("SingularName", label), leaf("PluralName", f"{label}s"), leaf("Description", label)
    )
    fields = element("Fields", *(_detail(at, field) for at, field in enumerate(definition.fields.values())))
    return element("Type", attributes, fields, Name=definition.object)


def _detail(at: int, field: Field) -> str:
    name, outside = DATA_NAMES.get(field.type, NUMBER)
    return element(
        "Field",
        leaf("Name", field.id),
        leaf("GroupName"),
        leaf("dataName", field.data_name or name),
        leaf("externalDataName", outside),
        leaf("isRequired", str(field.required).lower()),
        leaf("isReadOnly", str(field.read_only).lower()),
        leaf("maxLength", "0"),
        leaf("DisplayLabel", field.label),
        leaf("Description", field.description or UNSAID),
        leaf("id", str(at + 1)),
    )
