"""Damaged records: each list completes, and the run shows what could not be read."""

import pytest

from intacct.reply_parser import parse
from smartsync.engine.ascending_steps import CountStep
from smartsync.engine.reading import resume
from smartsync.models import ListItem, ListRun, SyncRun
from smartsync.pages.progress import Progress
from smartsync.templatetags.smartsync import item_state
from smartsync.warnings import warning_texts
from tests.intacct import replies as r
from tests.smartsync.test_store import reading
from tests.support.users import signed_in_client
from tests.wizard.pages.reading import words
from wizard.models import SyncProfile

from .company import Company

pytestmark = pytest.mark.django_db(transaction=True)

CHARACTERS = (
    *("control character", "raw control character", "nul", "raw nul", "surrogate", "noncharacter"),
    *("wrong byte", "undefined entity", "odd tag"),
)
STATUSES = {"inactif": False, "I": False, "closed": False, "active non-posting": True}


def warnings(run: SyncRun, slug: str) -> list[str]:
    [line] = [line for line in Progress(run).lines if line.list_run.slug == slug]
    return line.warnings


def test_damaged_characters_are_replaced_and_the_run_names_the_records(company: Company) -> None:
    for number, kind in enumerate(CHARACTERS):
        company.control("damage", object="VENDOR", kind=kind, number=100 * number)
        company.control("damage", object="ITEM", kind=kind, number=number)

    run = company.sync("full")

    assert run.result == SyncRun.Result.COMPLETE
    assert company.differences() == {}
    for slug in ("vendors", "items"):
        codes = ListItem.objects.filter(list=slug, name__startswith="\ufffd").values_list("code", flat=True)
        said = [f"1 character of record {code}, field NAME, could not be read and was replaced." for code in codes]
        assert len(said) == len(CHARACTERS) - 1
        assert sorted(warnings(run, slug)) == sorted(said)
    page = signed_in_client(company.actor).get(f"/smartsync/runs/{run.pk}/")
    assert all(text in words(page) for text in warnings(run, "items"))


def test_pages_without_a_usable_key_do_not_end_their_list(company: Company) -> None:
    """One page of each list has no usable key, or all pages: other pages are read, and missing records are shown."""
    company.control("fault", name="no-keys", object="VENDOR", function="query")
    company.control("fault", name="repeated-key", object="COSTTYPE", function="query")
    company.control("fault", name="no-records", object="CUSTOMER", function="query")

    run = company.sync("full")

    keyless, repeated, empty = (run.lists.get(slug=slug) for slug in ("vendors", "cost-types", "customers"))
    assert (keyless.state, keyless.set_aside, keyless.read) == (ListRun.State.COMPLETE, 4500, 4500)
    assert (repeated.state, repeated.cause, repeated.read) == (ListRun.State.INCOMPLETE, "counts_differ", 1)
    assert any("more than once" in text for text in warnings(run, "cost-types"))
    assert (empty.state, empty.cause, empty.read) == (ListRun.State.INCOMPLETE, "counts_differ", 0)
    others = run.lists.exclude(pk__in=[keyless.pk, repeated.pk, empty.pk])
    assert {*others.values_list("state", flat=True)} == {ListRun.State.COMPLETE}


@pytest.mark.parametrize("fault", ["no-keys", "no-records", "repeated-key"])
def test_records_after_a_page_without_a_usable_key_are_read(company: Company, fault: str) -> None:
    company.sync("full")
    company.control("fault", name=fault, object="VENDOR", function="query", after=1, calls=1)

    run = company.sync("full")

    vendors = run.lists.get(slug="vendors")
    assert vendors.state in (ListRun.State.COMPLETE, ListRun.State.INCOMPLETE)
    assert vendors.unchanged >= 2500
    assert not vendors.deactivated
    assert run.lists.exclude(pk=vendors.pk).filter(state=ListRun.State.COMPLETE).count() == run.lists.count() - 1


def test_unknown_status_does_not_count_as_active_and_the_run_names_it(company: Company) -> None:
    for number, status in enumerate(STATUSES):
        company.control("damage", object="VENDOR", kind=f"status {status}", number=number)

    run = company.sync("full")

    assert run.result == SyncRun.Result.COMPLETE
    items = {item.fields["STATUS"]: item for item in ListItem.objects.filter(list="vendors")}
    for status, is_active in STATUSES.items():
        item = items[status]
        assert item.active is is_active
        shown = "Active, non-posting" if is_active else status
        assert f"<span>{shown}</span>" in item_state(item)
    said = "Intacct sent the unknown status “{}”. Records with this status do not count as active."
    assert warnings(run, "vendors") == [said.format(text) for text in ("I", "closed", "inactif")]


def test_broken_reply_affects_its_own_list_only_and_is_not_repeated(company: Company) -> None:
    company.control("fault", name="malformed-result", object="ITEM", function="query")

    run = company.sync("full")

    items = run.lists.get(slug="items")
    assert (items.state, items.cause) == (ListRun.State.FAILED, "damaged_reply")
    others = run.lists.exclude(slug="items")
    assert {*others.values_list("state", flat=True)} == {ListRun.State.COMPLETE}
    asked = [call for request in company.requests() for call in request["functions"]]
    assert asked.count("lookup") == run.lists.count()


@pytest.mark.parametrize("element", ["LABEL", "ID"])
def test_damaged_list_of_fields_leaves_the_list_all_its_fields(company: Company, element: str) -> None:
    company.control("fault", name="text-wrong-byte", element=element, object="ITEM", function="lookup")

    run = company.sync("full")

    assert run.result == SyncRun.Result.COMPLETE
    assert company.differences() == {}
    assert {*run.lists.get(slug="items").fields} == {*run.lists.get(slug="items").record_list.fields}


def test_warning_sent_with_records_is_shown_and_the_records_are_stored(company: Company) -> None:
    company.control("fault", name="warning", object="VENDOR")

    run = company.sync("full")

    assert run.result == SyncRun.Result.COMPLETE
    assert company.differences("vendors") == {}
    assert any("with this warning" in text for text in warnings(run, "vendors"))


def test_dimensions_are_read_and_the_run_shows_that_one_has_no_readable_name(company: Company) -> None:
    company.control("fault", name="text-control-character", element="objectName", function="getDimensions")

    run = company.sync("full")

    unknown = run.lists.get(slug="dimensions")
    assert (unknown.state, unknown.cause) == (ListRun.State.FAILED, "damaged_reply")
    assert run.lists.filter(state=ListRun.State.COMPLETE).count() == run.lists.count() - 1


def test_damage_in_records_created_during_a_run_is_shown(profile: SyncProfile) -> None:
    list_run = reading(profile)
    step = CountStep(reading=resume(list_run, None), functions=[], position=None, max_key=1)
    rows = [{"RECORDNO": "9", "VENDORID": "V9", "NAME": "HERE"}]
    body = r.ok(
        r.result(r.page("VENDOR", [{"RECORDNO": "1"}], remaining=1), control_id=f"{list_run.position} count"),
        r.result(r.page("VENDOR", rows), control_id=f"{list_run.position} newest"),
    )

    for write in step.accept(step.read(parse(body.encode().replace(b"HERE", b"B\x0blt")))):
        write()

    said = "1 character of record V9, field NAME, could not be read and was replaced."
    assert warning_texts(list_run) == [said]
