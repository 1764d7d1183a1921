"""Random histories of a company: after every sync its lists are here as Intacct has them.

Nothing lost, nothing stale, nothing wrongly gone; what was deleted leaves with the next full sync. HISTORIES says how
many lives; scripts/test-nightly lives a thousand.
"""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from smartsync.models import SyncRun

from .company import Company
from .conftest import PASSWORD

HISTORIES = int(os.environ.get("HISTORIES", "50"))
pytestmark = pytest.mark.django_db(transaction=True)
DAMAGES = [
    *("control character", "nul", "wrong byte", "status inactif", "odd tag", "two-digit year"),
    *("long code", "long name", "large key", "no key"),
]
DAMAGING = ["repair", "repair", *(f"damage {kind}" for kind in DAMAGES)]
ACTS = ["edit", "deactivate", "delete", "add", "add unstamped", "add private"]
OBJECTS = ["VENDOR", "GLACCOUNT", "APBILL", "EXCHANGERATE", "ALLOCATION", "TAXDETAIL", "TASK", "grant_program"]
FORMATTINGS: list[dict[str, Any]] = [
    {},
    {"gmtoffset": -8},
    {"gmtoffset": 13},
    {"dateformat": "/dmY", "gmtoffset": 10},
    {"dateformat": ".dmY", "gmtoffset": 1},
    {"dateformat": "-Ymd", "clock": "12"},
]

act = st.sampled_from(ACTS) | st.sampled_from(DAMAGING)
acts = st.lists(st.tuples(act, st.integers(0, 30)), min_size=1, max_size=5)
edits = st.fixed_dictionaries({"object": st.sampled_from(OBJECTS), "acts": acts, "entity": st.sampled_from(["200"])})
# What happens, and the sync after it; in some syncs a week passes in the middle, after so many requests.
step = st.tuples(st.lists(edits, max_size=3), st.sampled_from(["partial", "full"]), st.none() | st.integers(1, 9))
circumstances = st.fixed_dictionaries(
    {
        "seed": st.integers(1, 99),
        "scale": st.sampled_from([0, 1, 2, 5, 6, 7, 10, 13]),
        "entity": st.sampled_from(["", "", "200"]),
        "formatting": st.sampled_from(FORMATTINGS),
    }
)


@settings(
    max_examples=HISTORIES,
    deadline=None,
    derandomize="HISTORIES" not in os.environ,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(born=circumstances, life=st.lists(step, min_size=1, max_size=2))
def test_after_every_sync_the_lists_are_as_intacct_has_them(
    company: Company, monkeypatch: pytest.MonkeyPatch, born: dict[str, Any], life: list[Any]
) -> None:
    """Pages of three records: what takes millions in life happens with a dozen here."""
    monkeypatch.setattr("smartsync.reading.LARGEST_PAGE", 3)
    monkeypatch.setattr("smartsync.reading.FIRST_LOOK", 2)
    begin(company, **born)
    check(company, company.sync("full"))
    for happened, kind, week_after in life:
        for each in happened:
            company.control("edits", **each)
        if week_after is not None:
            moved(company, kind, week_after)
        check(company, company.sync(kind))
    check(company, company.sync("full"))


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


def moved(company: Company, kind: str, after: int) -> None:
    """A sync in whose middle a week passes. It may come out incomplete; the next one has to make good for it."""
    company.control("fault", name="moving-rows", after=after, calls=1)
    company.sync(kind)
    company.calm()


def check(company: Company, run: SyncRun) -> None:
    assert run.result == SyncRun.Result.COMPLETE, list(run.lists.values_list("slug", "state", "cause"))
    for slug, (lost, stale, left) in company.compared().items():
        assert (slug, lost, stale) == (slug, set(), set())
        assert run.kind == SyncRun.Kind.PARTIAL or left == set(), slug
