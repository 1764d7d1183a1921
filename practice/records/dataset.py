"""All current records of one company."""

from practice.company import Company, Entity
from practice.records import history, sizes
from practice.records.administration import ADMINISTRATION, entity_rows
from practice.records.field_definitions import Definition, definition_of
from practice.records.generators import GENERATORS, projects
from practice.records.generators.common import common
from practice.records.sources import Generator, Generators, Source, Value
from practice.records.table import Table
from practice.records.times import day_start
from practice.state import store

OWNERS = 3  # Entities added later own no records.


class Dataset:
    """The tables of one company, each built from `company` at first use. `dataset_of` replaces it on changes."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.seed = company.seed
        self.start = day_start(company.started)
        self.currency = company.base_currency
        self.multi_currency = company.multi_currency
        self.owners: list[Entity] = company.entities[:OWNERS] if company.multi_entity else []
        self._tables: dict[str, Table] = {}
        self._state_tables: dict[str, tuple[int, Table]] = {}

    def size(self, object_name: str) -> int:
        """Return how many records the object had at the start."""
        if object_name in sizes.LINES:
            header, lines = sizes.LINES[object_name]
            return self.size(header) * lines
        if object_name in GENERATORS:
            return self.company.sizes.get(object_name, sizes.DEMONSTRATION[object_name])
        return self.company.sizes.get(object_name, self.company.sizes.get("dimension", sizes.DIMENSION))

    def table(self, object_name: str) -> Table:
        """Return the table of an object. Raise KeyError if the company has no such object."""
        if object_name in self._tables:
            return self._tables[object_name]
        with store.lock:
            definition = definition_of(self.company, object_name)
            if definition is None:
                raise KeyError(object_name)
            if object_name in GENERATORS or definition.dimension:
                return self._build_table(definition)
            return self._state_table(definition)

    def _build_table(self, definition: Definition) -> Table:
        source = Source(self, definition.object, self.size(definition.object))
        generators: Generators = {}

        def generator(field: str) -> Generator | None:
            if not generators:
                generators.update(common(source, definition) | self._own_generators(definition, source))
            return generators.get(field)

        table = self._tables[definition.object] = Table(definition, source.size, generator)
        history.replay(self.company, table)
        return table

    def _own_generators(self, definition: Definition, source: Source) -> Generators:
        if definition.dimension:
            label = next(
                dimension.label for dimension in self.company.dimensions if dimension.object == definition.object
            )
            return projects.dimension(source, label)
        return GENERATORS[definition.object](source)

    def _state_table(self, definition: Definition) -> Table:
        """Return the table of an object whose records are the company's own state at this moment."""
        cached = self._state_tables.get(definition.object)
        if cached is None or cached[0] != store.version:
            rows = _rows(self, definition.object)
            table = Table(definition, len(rows), lambda field: lambda i: rows[i].get(field))
            cached = self._state_tables[definition.object] = (store.version, table)
        return cached[1]


def _rows(dataset: Dataset, object_name: str) -> list[dict[str, Value]]:
    if object_name == "AUDITHISTORY":
        return history.audit_rows(dataset.company, dataset.table)
    if object_name == "LOCATIONENTITY":
        return entity_rows(dataset.company, dataset.start)
    return ADMINISTRATION[object_name](dataset.company, dataset.start)


_cache: dict[str, tuple[object, Dataset]] = {}


def dataset_of(company: Company) -> Dataset:
    """Return the company's dataset. It is rebuilt only when something it depends on has changed."""
    basis = (
        company.seed,
        company.started,
        repr(company.sizes),
        len(company.journal),
        repr(company.entities[:OWNERS]),
        company.multi_entity,
        company.multi_currency,
        company.base_currency,
        repr(company.dimensions),
        repr(company.custom_fields),
        repr(company.behavior.state_names),
    )
    cached = _cache.get(company.id)
    if cached is None or cached[0] != basis or cached[1].company is not company:
        cached = _cache[company.id] = (basis, Dataset(company))
    return cached[1]
