"""What fields every object has: Intacct's own names, types and labels, read from fields.tsv."""

from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.company import Company, Dimension

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
# Lines have a field for each user-defined dimension. The name is recorded (intacct-sdk-net issue 22) in another
# object's reply; that bill lines have it too is second-hand.
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
    data_name: str = ""  # what inspect says, where it does not follow from the type


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
    found: dict[str, Definition] = {}
    for line in Path(__file__).with_name("fields.tsv").read_text().splitlines():
        if line.startswith("@"):
            current = found[line[1:]] = Definition(line[1:], {}, {})
        elif line.startswith(">"):
            relation = _relation(line)
            current.relations[relation.path] = relation
        elif not line.startswith("#"):
            field = _field(line)
            current.fields[field.id] = field
    return found


DEFINITIONS = _load()


def definition_of(company: Company, object_name: str) -> Definition | None:
    """The object as this company has it, custom fields included; None when there is no such object."""
    for each in company.dimensions:
        if each.object == object_name:
            return _dimension(each)
    standard = DEFINITIONS.get(object_name)
    made = [each for each in company.custom_fields if each.object == object_name]
    dimensions = company.dimensions if object_name in DIMENSION_LINES else []
    if standard is None or not (made or dimensions):
        return standard
    custom = {
        each.id: Field(
            each.id,
            CUSTOM_TYPES.get(each.data_type, company.behaviour.url_data_type),
            label=each.label,
            custom=True,
            description=each.description,
            data_name="" if each.data_type in CUSTOM_TYPES else company.behaviour.url_data_name,
        )
        for each in made
    }
    own = {f"GLDIM{each.object}": Field(f"GLDIM{each.object}", "TEXT", label=each.label) for each in dimensions}
    return replace(standard, fields=standard.fields | custom | own)


def _dimension(dimension: Dimension) -> Definition:
    fields = {name: Field(name, kind, label=name) for name, kind in DIMENSION_FIELDS}
    return Definition(dimension.object, fields, {}, dimension=True)
