"""Random histories of a company: after every sync our lists are equal to Intacct's, and a copy is equal to our lists.

No record is lost, outdated or wrongly deleted. Deleted records disappear with the next full sync.
scripts/test-nightly tries a thousand histories.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartsync.models import SyncRun
from tests.support.examples import examples

from .company import Company
from .conftest import PASSWORD
from .copies import Copy

pytestmark = pytest.mark.django_db(transaction=True)
DAMAGES = [
    *("control character", "nul", "wrong byte", "status inactif", "odd tag", "two-digit year"),
    *("long code", "long name", "large key", "no key"),
]
DAMAGING = ["repair", "repair", *(f"damage {kind}" for kind in DAMAGES)]
ACTIONS = ["edit", "deactivate", "delete", "add", "add unstamped", "add private"]
OBJECTS = ["VENDOR", "GLACCOUNT", "APBILL", "EXCHANGERATE", "ALLOCATION", "TAXDETAIL", "TASK", "grant_program"]
FORMATS: list[dict[str, Any]] = [
    {},
    {"gmtoffset": -8},
    {"gmtoffset": 13},
    {"dateformat": "/dmY", "gmtoffset": 10},
    {"dateformat": ".dmY", "gmtoffset": 1},
    {"dateformat": "-Ymd", "clock": "12"},
]

action = st.sampled_from(ACTIONS) | st.sampled_from(DAMAGING)
actions = st.lists(st.tuples(action, st.integers(0, 30)), min_size=1, max_size=5)
edits = st.fixed_dictionaries(
    {"object": st.sampled_from(OBJECTS), "actions": actions, "entity": st.sampled_from(["200"])}
)
# Changes, and the sync after them. Within some syncs a week of changes passes, after so many requests.
step = st.tuples(st.lists(edits, max_size=3), st.sampled_from(["partial", "full"]), st.none() | st.integers(1, 9))
circumstances = st.fixed_dictionaries(
    {
        "seed": st.integers(1, 99),
        "scale": st.sampled_from([0, 1, 2, 5, 6, 7, 10, 13]),
        "entity": st.sampled_from(["", "", "200"]),
        "formatting": st.sampled_from(FORMATS),
    }
)


@examples(12, shrinks=False)
@given(initial=circumstances, weeks=st.lists(step, min_size=1, max_size=2))
def test_lists_equal_those_of_intacct_after_every_sync(
    company: Company, monkeypatch: pytest.MonkeyPatch, initial: dict[str, Any], weeks: list[Any]
) -> None:
    """Pages have three records, so a dozen records are enough for what needs millions in production."""
    monkeypatch.setattr("smartsync.engine.list_state.LARGEST_PAGE", 3)
    monkeypatch.setattr("smartsync.engine.list_state.FIRST_PAGE", 2)
    begin(company, **initial)
    copies = [Copy(company.profile)]
    check(company, company.sync("full"))
    for changes, kind, week_after in weeks:
        for change in changes:
            company.control("edits", **change)
        if week_after is not None:
            sync_during_changes(company, kind, week_after)
        # One begins now, and those from before are between two pages.
        copies.append(Copy(company.profile))
        for copy in copies:
            copy.read_page()
        check(company, company.sync(kind))
    check(company, company.sync("full"))
    assert all(copy.is_exact() for copy in copies)


def begin(company: Company, *, seed: int, scale: int, entity: str, formatting: dict[str, Any]) -> None:
    SyncRun.objects.all().delete()
    company.profile.items.all().delete()
    company.profile.entity_id = entity
    company.profile.save()
    dimensions = {"grant_program": "Grant program"}
    sizes = dict.fromkeys([*OBJECTS, "dimension"], scale)
    company.practice.control("companies", id=company.id, seed=seed, scale=1, sizes=sizes, dimensions=dimensions)
    company.control("", formatting=formatting)
    company.control("set-up", password=PASSWORD)
    company.learn_formatting()


def sync_during_changes(company: Company, kind: str, after: int) -> None:
    """Run a sync within which a week of changes passes. It may be incomplete; then the next one must correct it."""
    company.control("fault", name="changing-rows", after=after, calls=1)
    company.sync(kind)
    company.calm()


def check(company: Company, run: SyncRun) -> None:
    assert run.result == SyncRun.Result.COMPLETE, list(run.lists.values_list("slug", "state", "cause"))
    for slug, (lost, stale, left) in company.compared().items():
        assert (slug, lost, stale) == (slug, set(), set())
        assert run.kind == SyncRun.Kind.PARTIAL or left == set(), slug
