"""The records of a practice company as a sync would have stored them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from intacct.catalogue import LISTS, RecordList, dimension_list
from practice.company import Company
from practice.demo import companies
from practice.gateway.fields import formatting_of, value_formatter
from practice.records.dataset import dataset_of
from smartsync.engine.rows import Rows, rows_of
from smartsync.models import ListRun


@dataclass(frozen=True)
class ListContent:
    """One list with its records, as rows of the engine."""

    kind: RecordList
    fields: Sequence[str]
    rows: Rows


def lists_of(company_id: str, entity_id: str) -> Iterator[ListContent]:
    company = _companies()[company_id]
    dimensions = [dimension_list(dimension.object, dimension.label) for dimension in company.dimensions]
    for kind in (*LISTS, *dimensions):
        fields = [field for field in kind.fields if field in dataset_of(company).table(kind.object).definition.fields]
        list_run = ListRun(slug=kind.slug, object=kind.object, title=kind.title, fields=fields)
        yield ListContent(kind, fields, rows_of(list_run, _records(company, kind, fields, entity_id)))


def _records(company: Company, kind: RecordList, fields: Sequence[str], entity_id: str) -> Sequence[dict[str, str]]:
    dataset = dataset_of(company)
    table = dataset.table(kind.object)
    formatting = formatting_of(dataset, table.definition)
    columns = {
        field: (table.generator(field), value_formatter(table.definition.fields[field].type, formatting))
        for field in fields
    }
    return [
        {field: text_of(value_of(number)) for field, (value_of, text_of) in columns.items()}
        for number in table.visible_rows(entity_id, private=True)
    ]


@cache
def _companies() -> Mapping[str, Company]:
    return companies()
