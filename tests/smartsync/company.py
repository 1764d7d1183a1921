"""The practice company of a profile: syncs it, changes it, and compares our lists with it."""

from collections import defaultdict
from typing import Any, NamedTuple

import requests

from accounts.models import User
from beanworks_connect.heartbeat import broker
from intacct.catalogue import LISTS, RecordList, dimension_list
from smartsync.models import ListItem, SyncRun
from smartsync.services import run_start
from smartsync.services.work import run_advance
from tests.support.processes import wait_until
from tests.support.stack import Practice
from wizard.models import SyncProfile

Records = dict[int, dict[str, Any]]


class Compared(NamedTuple):
    """Keys of records that only Intacct has (lost), that differ here (stale), and that only we have (left)."""

    lost: set[int]
    stale: set[int]
    left: set[int]


class Company:
    def __init__(self, practice: Practice, profile: SyncProfile, actor: User) -> None:
        self.practice = practice
        self.profile = profile
        self.actor = actor
        self.id = profile.connection.company_id

    def control(self, act: str, **details: Any) -> Any:
        """POST to the company's control address. With the act "" it changes the company itself."""
        return self.practice.control(f"companies/{self.id}/{act}".rstrip("/"), **details)

    def get(self, what: str = "", **query: str) -> Any:
        address = f"{self.practice.address}/control/companies/{self.id}/{what}".rstrip("/")
        answer = requests.get(address, query, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def sync(self, kind: str, **how: Any) -> SyncRun:
        """Start a run and wait until it ends, in this process or, in tests with a real worker, in the worker."""
        run = self.work(run_start(profile=self.profile, kind=kind, actor=self.actor, **how))
        wait_until(lambda: not SyncRun.objects.active().filter(pk=run.pk).exists(), "the sync is done")
        run.refresh_from_db()
        return run

    def work(self, run: SyncRun) -> SyncRun:
        while claimed := SyncRun.objects.claim(run.pk):
            run_advance(claimed)
        run.refresh_from_db()
        return run

    def free_slots(self) -> None:
        """Free the gateway slots of a killed worker. They expire after half a minute, which no test should wait for."""
        if keys := broker().keys("intacct:*"):
            broker().delete(*keys)

    def held_up(self) -> int:
        """How many requests the gateway has stalled."""
        return int(self.get("requests")["held_up"])

    def calm(self) -> None:
        """End the faults, and wait until all stalled requests have ended."""
        self.practice.control(f"companies/{self.id}/fault", "DELETE")
        wait_until(lambda: not self.get("requests")["working"], "no request is in progress")

    def requests(self) -> list[dict[str, Any]]:
        """The requests since the log was last emptied, in order."""
        return list(self.get("requests")["requests"])

    def functions(self) -> list[str]:
        """The first function of each request, without sign-ins."""
        return [request["functions"][0] for request in self.requests() if request["functions"][0] != "getAPISession"]

    def count(self, function: str) -> int:
        """How many requests have this as their first function."""
        return sum(request["functions"][0] == function for request in self.requests())

    def is_deleted(self, slug: str, key: int) -> bool:
        """Whether the record is here but no longer in Intacct, which only a full sync can notice."""
        kind = next(kind for kind in self.kinds() if kind.slug == slug)
        there = self.get(f"oracle/{kind.object}", fields=kind.key)["records"]
        here = ListItem.objects.present().filter(profile=self.profile, list=slug, key=key)
        return here.exists() and key not in {int(record[kind.key]) for record in there}

    def learn_formatting(self) -> None:
        """Save the formatting that the wizard's verification would have found."""
        connection = self.profile.connection
        shown = self.get()["formatting"]
        connection.company["formatting"] = {
            "locale": shown["locale"],
            "date_format": shown["dateformat"],
            "clock": shown["clock"],
            "offset_minutes": shown["gmtoffset"] * 60,
        }
        connection.save()

    def kinds(self) -> list[RecordList]:
        dimensions = [dimension_list(item["object"], item["label"]) for item in self.get()["dimensions"]]
        return [*LISTS, *dimensions]

    def counts(self) -> dict[str, int]:
        """How many records Intacct has, by list, without lists that it would refuse."""
        truth = self.get("oracle", entity=self.profile.entity_id)
        return {kind.slug: truth[kind.object] for kind in self.kinds()}

    def compared(self, *slugs: str) -> dict[str, Compared]:
        """Lists that differ from Intacct's."""
        kinds = [kind for kind in self.kinds() if not slugs or kind.slug in slugs]
        here = self._stored()
        fields = {kind.object: sorted(next(iter(here[kind.slug].values()), {kind.key: ""})) for kind in kinds}
        there = self.control("oracle", objects=fields, entity=self.profile.entity_id)

        results = {kind.slug: self._compared(kind, here[kind.slug], there[kind.object]) for kind in kinds}
        return {slug: compared for slug, compared in results.items() if any(compared)}

    def differences(self, *slugs: str) -> dict[str, set[int]]:
        """The keys of records that differ from Intacct's, by list."""
        return {slug: set().union(*compared) for slug, compared in self.compared(*slugs).items()}

    def _stored(self) -> dict[str, Records]:
        """The fields of every present record, by list and key."""
        stored: dict[str, Records] = defaultdict(dict)
        items = ListItem.objects.present().filter(profile=self.profile)
        for slug, key, fields in items.values_list("list", "key", "fields"):
            stored[slug][key] = fields
        return stored

    def _compared(self, kind: RecordList, here: Records, truth: dict[str, Any]) -> Compared:
        there = {int(record[kind.key]): record for record in truth["records"]}
        stale = {key for key in here.keys() & there.keys() if here[key] != there[key]}
        aside = {int(record["key"]) for record in truth.get("damaged", []) if record["expected"] != "stored"}
        left = here.keys() - there.keys() - self._known_by_code(kind, here, {key: there[key] for key in aside})
        return Compared(there.keys() - here.keys() - aside, stale - aside, left)

    def _known_by_code(self, kind: RecordList, here: Records, aside: Records) -> set[int]:
        """Records that were set aside with another key or no key. Without a code, any record may be one of them."""
        if kind.code == kind.key:
            return set(here) if aside else set()
        codes = {record.get(kind.code) for record in aside.values()}
        return {key for key, fields in here.items() if fields[kind.code] in codes}
