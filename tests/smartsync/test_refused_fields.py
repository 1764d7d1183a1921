"""Fields that Intacct refuses: the list is read without them, and the run shows it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from lxml import etree

from intacct.errors import ErrorText
from intacct.reply import Reply, Result
from intacct.transport import SINGLE, Exchange, Transport
from smartsync.models import ListItem, ListRun, SyncRun
from smartsync.pages.progress import Progress

from .company import Company

pytestmark = pytest.mark.django_db(transaction=True)

Refuse = Callable[..., None]


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """Let queries of an object that name one of these fields fail, with the texts that real companies received."""
    refused: dict[str, set[str]] = {}
    waits: dict[str, int] = {}

    class Refusing(Transport):
        def exchange(self, payload: bytes, how: Exchange = SINGLE) -> Reply:
            reply = super().exchange(payload, how)
            results = {
                function.get("controlid", ""): failed
                for function in etree.fromstring(payload).iter("function")
                if (failed := _refusal(function))
            }
            return replace(reply, results={**reply.results, **results})

    def _refusal(function: etree._Element) -> Result | None:
        name = function.findtext("query/object") or ""
        asked = {field.text or "" for field in function.iterfind("query/select/field")}
        named = sorted(asked & refused.get(name, set()))
        if not named:
            return None
        waits[name] -= 1
        if waits[name] >= 0:
            return None
        words = f"The following fields cannot be queried : [{name}: [{', '.join(named)}] ]"
        error = ErrorText("XL03000006", description2=words)
        return Result("query", function.get("controlid", ""), "failure", errors=(error,))

    def add(name: str, *fields: str, after: int = 0) -> None:
        refused[name], waits[name] = {*fields}, after

    monkeypatch.setattr("wizard.services.sessions.Transport", Refusing)
    return add


def vendors(run: SyncRun) -> ListRun:
    return run.lists.get(slug="vendors")


@pytest.mark.parametrize("after", [0, 2])
def test_refused_fields_are_left_out_and_the_list_is_complete(company: Company, refuse: Refuse, after: int) -> None:
    """The fields are refused from the start, or in the middle of the list."""
    refuse("VENDOR", "TERMNAME", "VENDTYPE", after=after)

    run = company.sync("full")

    assert run.result == SyncRun.Result.COMPLETE
    list_run = vendors(run)
    assert (list_run.read, list_run.pass_number) == (company.counts()["vendors"], 1)
    asked = {name for item in ListItem.objects.filter(list="vendors") for name in item.fields}
    assert "NAME" in asked
    assert not asked & {"TERMNAME", "VENDTYPE"}
    assert company.differences() == {}
    [line] = [line for line in Progress(run).lines if line.list_run == list_run]
    left_out = {name for warning in list_run.warnings for name in warning["names"]}
    assert left_out == {"TERMNAME", "VENDTYPE"} & {*list_run.record_list.fields}
    assert all("was read without" in text for text in line.warnings)
    assert line.warnings


def test_field_refused_since_the_last_run_is_left_out_of_an_incremental_one(company: Company, refuse: Refuse) -> None:
    company.sync("full")
    refuse("VENDOR", "TERMNAME")
    company.control("edits", object="VENDOR", actions=[["edit", 1]])

    run = company.sync("partial")

    assert run.result == SyncRun.Result.COMPLETE
    assert "TERMNAME" not in vendors(run).fields
    assert [warning["names"] for warning in vendors(run).warnings] == [["TERMNAME"]]


def test_later_incremental_runs_show_which_fields_are_left_out(company: Company, refuse: Refuse) -> None:
    refuse("VENDOR", "TERMNAME")
    full = company.sync("full")

    partial = company.sync("partial")

    assert vendors(full).warnings
    assert vendors(partial).warnings == vendors(full).warnings


def test_without_modification_times_the_whole_list_is_compared(company: Company, refuse: Refuse) -> None:
    company.sync("full")
    refuse("VENDOR", "WHENMODIFIED")
    company.control("edits", object="VENDOR", actions=[["edit", 1]])

    run = company.sync("partial")

    assert run.result == SyncRun.Result.COMPLETE
    assert vendors(run).since is None
    assert vendors(run).read == company.counts()["vendors"]


@pytest.mark.parametrize("field", ["RECORDNO", "STATUS"])
def test_list_is_not_read_without_a_field_it_needs(company: Company, refuse: Refuse, field: str) -> None:
    refuse("VENDOR", field, "TERMNAME")

    run = company.sync("full")

    list_run = vendors(run)
    assert (list_run.state, list_run.cause) == (ListRun.State.REFUSED, "field_refused")
    assert list_run.facts["fields"] == field
    others = run.lists.exclude(slug="vendors")
    assert {*others.values_list("state", flat=True)} == {ListRun.State.COMPLETE}
    assert not ListItem.objects.filter(list="vendors").exists()
