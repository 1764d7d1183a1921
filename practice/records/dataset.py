"""All current records of one company."""

from practice.company import Company, Entity
from practice.records import history, sizes
from practice.records.administration import ADMINISTRATION, entity_rows
from practice.records.field_definitions import Definition, definition_of
from practice.records.generators import RECIPES, projects
from practice.records.generators.common import common
from practice.records.sources import Recipe, Recipes, Source, Value
from practice.records.table import Table
from practice.records.times import day_start
from practice.state import world

OWNERS = 3  # Entities added later own no records.


class Books:
    """The tables of one company, each built from `company` at first use. `books_of` replaces the books on changes."""

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
        if object_name in RECIPES:
            return self.company.sizes.get(object_name, sizes.DEMONSTRATION[object_name])
        return self.company.sizes.get(object_name, self.company.sizes.get("dimension", sizes.DIMENSION))

    def table(self, object_name: str) -> Table:
        """Return the table of an object. Raise KeyError if the company has no such object."""
        if object_name in self._tables:
            return self._tables[object_name]
        with world.lock:
            definition = definition_of(self.company, object_name)
            if definition is None:
                raise KeyError(object_name)
            if object_name in RECIPES or definition.dimension:
                return self._build_table(definition)
            return self._state_table(definition)

    def _build_table(self, definition: Definition) -> Table:
        source = Source(self, definition.object, self.size(definition.object))
        recipes: Recipes = {}

        def recipe(field: str) -> Recipe | None:
            if not recipes:
                recipes.update(common(source, definition) | self._own(definition, source))
            return recipes.get(field)

        table = self._tables[definition.object] = Table(definition, source.size, recipe)
        history.replay(self.company, table)
        return table

    def _own(self, definition: Definition, source: Source) -> Recipes:
        if definition.dimension:
            label = next(
                dimension.label for dimension in self.company.dimensions if dimension.object == definition.object
            )
            return projects.dimension(source, label)
        return RECIPES[definition.object](source)

    def _state_table(self, definition: Definition) -> Table:
        """Return the table of an object whose records are the company's own state at this moment."""
        cached = self._state_tables.get(definition.object)
        if cached is None or cached[0] != world.version:
            rows = _rows(self, definition.object)
            table = Table(definition, len(rows), lambda field: lambda i: rows[i].get(field))
            cached = self._state_tables[definition.object] = (world.version, table)
        return cached[1]


def _rows(books: Books, object_name: str) -> list[dict[str, Value]]:
    if object_name == "AUDITHISTORY":
        return history.audit_rows(books.company, books.table)
    if object_name == "LOCATIONENTITY":
        return entity_rows(books.company, books.start)
    return ADMINISTRATION[object_name](books.company, books.start)


_cache: dict[str, tuple[object, Books]] = {}


def books_of(company: Company) -> Books:
    """Return the company's books. They are rebuilt only when something they depend on has changed."""
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
    )
    cached = _cache.get(company.id)
    if cached is None or cached[0] != basis or cached[1].company is not company:
        cached = _cache[company.id] = (basis, Books(company))
    return cached[1]
