"""All records of one company, as they are now."""

from sandbox.company import Company, Entity
from sandbox.data import changes, sizes
from sandbox.data.administration import ADMINISTRATION, entity_rows
from sandbox.data.definitions import Definition, definition_of
from sandbox.data.recipes import RECIPES, projects
from sandbox.data.recipes.common import common
from sandbox.data.source import Recipe, Recipes, Source, Value
from sandbox.data.table import Table
from sandbox.data.times import day_start
from sandbox.world import world

OWNERS = 3  # Entities added later own no records.


class Books:
    """`company` is read when a table is first asked for; a change to what the records depend on makes new books."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.seed = company.seed
        self.start = day_start(company.started)
        self.currency = company.base_currency
        self.multi_currency = company.multi_currency
        self.owners: list[Entity] = company.entities[:OWNERS] if company.multi_entity else []
        self._tables: dict[str, Table] = {}
        self._stated: dict[str, tuple[int, Table]] = {}

    def size(self, object_name: str) -> int:
        """How many records the object began with."""
        if object_name in sizes.LINES:
            header, lines = sizes.LINES[object_name]
            return self.size(header) * lines
        if object_name in RECIPES:
            return self.company.sizes.get(object_name, sizes.DEMONSTRATION[object_name])
        return self.company.sizes.get(object_name, self.company.sizes.get("dimension", sizes.DIMENSION))

    def table(self, object_name: str) -> Table:
        """Raises KeyError when the company has no such object."""
        if object_name in self._tables:
            return self._tables[object_name]
        with world.lock:
            definition = definition_of(self.company, object_name)
            if definition is None:
                raise KeyError(object_name)
            if object_name in RECIPES or definition.dimension:
                return self._made(definition)
            return self._stated_now(definition)

    def _made(self, definition: Definition) -> Table:
        source = Source(self, definition.object, self.size(definition.object))
        recipes: Recipes = {}

        def recipe(field: str) -> Recipe | None:
            if not recipes:
                recipes.update(common(source, definition) | self._own(definition, source))
            return recipes.get(field)

        table = self._tables[definition.object] = Table(definition, source.size, recipe)
        changes.replay(self.company, table)
        return table

    def _own(self, definition: Definition, source: Source) -> Recipes:
        if definition.dimension:
            label = next(each.label for each in self.company.dimensions if each.object == definition.object)
            return projects.dimension(source, label)
        return RECIPES[definition.object](source)

    def _stated_now(self, definition: Definition) -> Table:
        """An object whose records are the company's own state, as it is at this moment."""
        found = self._stated.get(definition.object)
        if found is None or found[0] != world.version:
            rows = _rows(self, definition.object)
            table = Table(definition, len(rows), lambda field: lambda i: rows[i].get(field))
            found = self._stated[definition.object] = (world.version, table)
        return found[1]


def _rows(books: Books, object_name: str) -> list[dict[str, Value]]:
    if object_name == "AUDITHISTORY":
        return changes.audit_rows(books)
    if object_name == "LOCATIONENTITY":
        return entity_rows(books.company, books.start)
    return ADMINISTRATION[object_name](books.company, books.start)


_kept: dict[str, tuple[object, Books]] = {}


def books_of(company: Company) -> Books:
    """The company's books, made anew only when something they depend on has changed."""
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
    found = _kept.get(company.id)
    if found is None or found[0] != basis or found[1].company is not company:
        found = _kept[company.id] = (basis, Books(company))
    return found[1]
