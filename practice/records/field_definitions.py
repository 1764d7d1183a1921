"""The fields of every object, with Intacct's own names, types and labels, read from fields.tsv."""

from dataclasses import dataclass, replace
from pathlib import Path

from practice.company import Company, Dimension

CUSTOM_TYPES = {
    "Text": "TEXT",
    "Text area": "TEXT",
    "Number": "DECIMAL",
    "Currency": "CURRENCY",
    "Percent": "PERCENT",
    "Date": "DATE",
    "Checkbox": "BOOLEAN",
    "Pick list": "ENUM",
    "Email": "TEXT",
}
# Lines have a field for each user-defined dimension. The name is recorded in another object's reply (intacct-sdk-net
# issue 22). That bill lines have it too is second-hand.
DIMENSION_LINES = frozenset({"APBILLITEM"})
DIMENSION_FIELDS = (
    ("id", "INTEGER"),
    ("name", "TEXT"),
    ("createdAt", "TIMESTAMP"),
    ("updatedAt", "TIMESTAMP"),
    ("createdBy", "INTEGER"),
    ("updatedBy", "INTEGER"),
    ("RECORD_URL", "TEXT"),
)


@dataclass(frozen=True, slots=True)
class Field:
    id: str
    type: str
    required: bool = False
    read_only: bool = False
    label: str = ""
    values: tuple[str, ...] = ()
    custom: bool = False
    description: str = ""
    data_name: str = ""  # the type in replies of inspect, if it does not follow from `type`


@dataclass(frozen=True, slots=True)
class Relation:
    path: str
    object: str
    by: str
    label: str
    kind: str = "MANY2ONE"


@dataclass(frozen=True)
class Definition:
    object: str
    fields: dict[str, Field]
    relations: dict[str, Relation]
    dimension: bool = False

    @property
    def key(self) -> str:
        return "id" if self.dimension else next((name for name in ("RECORDNO", "ID") if name in self.fields), "")


def _field(line: str) -> Field:
    name, kind, flags, label, values = [*line.split("\t"), "", "", ""][:5]
    return Field(name, kind, "R" in flags, "O" in flags, label, tuple(values.split("|")) if values else ())


def _relation(line: str) -> Relation:
    return Relation(*line[1:].split("\t"))


def _load() -> dict[str, Definition]:
    definitions: dict[str, Definition] = {}
    for line in Path(__file__).with_name("fields.tsv").read_text().splitlines():
        if line.startswith("@"):
            current = definitions[line[1:]] = Definition(line[1:], {}, {})
        elif line.startswith(">"):
            relation = _relation(line)
            current.relations[relation.path] = relation
        elif not line.startswith("#"):
            field = _field(line)
            current.fields[field.id] = field
    return definitions


DEFINITIONS = _load()


def definition_of(company: Company, object_name: str) -> Definition | None:
    """Return the object as this company has it, with custom fields, or None if there is no such object."""
    for dimension in company.dimensions:
        if dimension.object == object_name:
            return _dimension(dimension)
    standard = DEFINITIONS.get(object_name)
    custom_fields = [field for field in company.custom_fields if field.object == object_name]
    dimensions = company.dimensions if object_name in DIMENSION_LINES else []
    if standard is None or not (custom_fields or dimensions):
        return standard
    custom = {
        field.id: Field(
            field.id,
            CUSTOM_TYPES.get(field.data_type, company.behavior.url_data_type),
            label=field.label,
            custom=True,
            description=field.description,
            data_name="" if field.data_type in CUSTOM_TYPES else company.behavior.url_data_name,
        )
        for field in custom_fields
    }
    own = {
        f"GLDIM{dimension.object}": Field(f"GLDIM{dimension.object}", "TEXT", label=dimension.label)
        for dimension in dimensions
    }
    return replace(standard, fields=standard.fields | custom | own)


def _dimension(dimension: Dimension) -> Definition:
    fields = {name: Field(name, kind, label=name) for name, kind in DIMENSION_FIELDS}
    return Definition(dimension.object, fields, {}, dimension=True)
