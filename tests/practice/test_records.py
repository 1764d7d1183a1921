"""The generated records: reproducible, plausible and consistent."""

import time
from collections import Counter
from typing import Any

import pytest

from intacct.catalogue import LISTS, RecordList
from practice.company import Company, Dimension, new_company
from practice.records.dataset import Dataset
from practice.records.generators import GENERATORS
from practice.records.generators.common import common
from practice.records.sizes import equal_sizes
from practice.records.sources import Source

# Field of a record, and the list and field that must contain its value.
POINTERS = {
    "PARENTID": None,
    "VENDORID": ("VENDOR", "VENDORID"),
    "CUSTOMERID": ("CUSTOMER", "CUSTOMERID"),
    "PROJECTID": ("PROJECT", "PROJECTID"),
    "ITEMID": ("ITEM", "ITEMID"),
    "DEPARTMENTID": ("DEPARTMENT", "DEPARTMENTID"),
    "SUPERVISORID": ("EMPLOYEE", "EMPLOYEEID"),
    "MANAGERID": ("EMPLOYEE", "EMPLOYEEID"),
    "STANDARDCOSTTYPEID": ("STANDARDCOSTTYPE", "STANDARDCOSTTYPEID"),
    "ACCOUNTNO": ("GLACCOUNT", "ACCOUNTNO"),
    "GLACCOUNTNO": ("GLACCOUNT", "ACCOUNTNO"),
    "TERMNAME": ("APTERM", "NAME"),
    "MEGAENTITYID": ("LOCATIONENTITY", "LOCATIONID"),
}
# These codes are unique only within a project or a task.
WITHIN = {"TASK": ("PROJECTID",), "COSTTYPE": ("PROJECTID", "TASKID")}


def company(**values: Any) -> Company:
    return new_company("ACME", "Acme", dimensions=[Dimension("boat", "Boat")], **values)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return Dataset(company())


def test_default_company_has_about_twenty_thousand_records(dataset: Dataset) -> None:
    assert 18_000 < sum(dataset.table(record_list.object).count for record_list in LISTS) < 22_000


@pytest.mark.parametrize("kind", LISTS, ids=lambda kind: kind.object)
def test_every_link_points_to_a_record(dataset: Dataset, kind: RecordList) -> None:
    table = dataset.table(kind.object)
    for name, target in POINTERS.items():
        if name in kind.fields:
            there = target or (kind.object, kind.code)
            known = {*dataset.table(there[0]).column(there[1]), None}
            assert {*table.column(name)} <= known, name


@pytest.mark.parametrize("kind", LISTS, ids=lambda kind: kind.object)
def test_codes_are_unique_and_keys_ascend(dataset: Dataset, kind: RecordList) -> None:
    table = dataset.table(kind.object)
    within = [table.column(name) for name in WITHIN.get(kind.object, ())]
    codes = [*zip(table.column(kind.code), *within, strict=True)]
    if kind.object not in ("APPYMT", "COSTTYPE"):
        assert len({*codes}) == len(codes)
    keys = table.column("RECORDNO")
    assert keys == sorted({*keys}, key=lambda key: int(str(key)))


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize("size", [0, 1, 2])
def test_records_added_to_a_tiny_list_have_all_fields(name: str, size: int) -> None:
    for seed in range(5):
        table = Dataset(company(seed=seed, sizes=equal_sizes(size))).table(name)
        for field in table.definition.fields:
            assert len([*map(table.original(field), range(30))]) == 30


@pytest.mark.parametrize("name", GENERATORS)
def test_every_generator_belongs_to_a_field(dataset: Dataset, name: str) -> None:
    definition = dataset.table(name).definition
    own = GENERATORS[name](Source(dataset, name, dataset.size(name)))
    assert own.keys() <= definition.fields.keys()
    assert {"RECORDNO", "WHENMODIFIED"} <= common(Source(dataset, name, 1), definition).keys()


def test_records_depend_on_the_seed_only() -> None:
    first, again, other = (Dataset(company(seed=seed)).table("VENDOR").record(700) for seed in (5, 5, 6))
    assert first == again
    assert first["NAME"] != other["NAME"] or first["TOTALDUE"] != other["TOTALDUE"]


def test_vendors_include_awkward_values(dataset: Dataset) -> None:
    table = dataset.table("VENDOR")
    names, stamps, states = (table.column(name) for name in ("NAME", "WHENMODIFIED", "STATUS"))
    assert all(any(mark in str(name) for name in names) for mark in ('"', "&", "<", ",", "'", "é", "東", "מ", "🍋"))
    assert stamps.count(None) > 200
    assert Counter(stamps).most_common(2)[1][1] > 300
    assert {*states} == {"active", "active non-posting", "inactive"}
    assert any(table.column("MEGAENTITYID"))


def test_hundred_thousand_records_per_list_need_no_preparation() -> None:
    initial_count = time.process_time()
    dataset = Dataset(company(sizes=equal_sizes(100_000)))
    rows = [len(dataset.table(record_list.object).visible_rows("", private=True)) for record_list in LISTS]
    assert rows.count(100_000) == len(LISTS) - 1
    assert dataset.table("VENDOR").record(99_999)["VENDORID"] == "V100000"
    assert time.process_time() - initial_count < 5
