"""Other services: one follows the changes of records by API, one monitors the product."""

from collections.abc import Mapping, Sequence
from threading import Event
from time import monotonic
from typing import Any

import requests
from django.conf import settings

from .browser import page_name
from .figures import Answer

EVERY = 2.0
"""Seconds between two looks at all profiles."""
PROBES = ("/livez", "/readyz", "/metrics")
Fields = Mapping[str, str]


class Copy:
    """A copy of the records of a profile, by list and key."""

    def __init__(self, profile_pk: int) -> None:
        self.profile_pk = profile_pk
        self.records: dict[tuple[str, int], Fields] = {}
        self.cursor = ""

    def apply(self, page: Any) -> None:
        for item in page["data"]:
            place = item["list"], item["key"]
            if item["change"] == "deleted":
                self.records.pop(place, None)
            else:
                self.records[place] = item["fields"]
        self.cursor = page["next_cursor"]


class Reader:
    """Keeps copies, with the API key of another service."""

    def __init__(self, url: str, token: str, answers: list[Answer], profiles: Sequence[int]) -> None:
        self.url = url
        self.answers = answers
        self.copies = [Copy(pk) for pk in profiles]
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def follow(self, is_over: Event) -> None:
        while not is_over.wait(EVERY):
            self.read_all()

    def read_all(self) -> None:
        for copy in self.copies:
            while (page := self._page(copy)) and page["has_more"]:
                continue

    def _page(self, copy: Copy) -> Any:
        """Apply the next page and return it; None if no answer came, so that it is requested once more later."""
        address = f"{self.url}/api/v1/sync-profiles/{copy.profile_pk}/records"
        values = {"limit": "200"} | ({"cursor": copy.cursor} if copy.cursor else {})
        response = ask(self.session, address, self.answers, values)
        if response is None or not response.ok:
            return None
        page = response.json()
        copy.apply(page)
        return page


def monitor(url: str, answers: list[Answer], is_over: Event) -> None:
    """Ask all the time whether the product works, as Kubernetes and Prometheus do."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {settings.METRICS_TOKEN}"
    while not is_over.wait(EVERY):
        for probe in PROBES:
            ask(session, url + probe, answers)


def ask(
    session: requests.Session, address: str, answers: list[Answer], values: Mapping[str, str] | None = None
) -> requests.Response | None:
    began = monotonic()
    try:
        response = session.get(address, params=values, timeout=60)
    except requests.RequestException:
        answers.append(Answer(page_name(address), 0, began, monotonic() - began, address))
        return None
    seconds = response.elapsed.total_seconds()
    answers.append(Answer(page_name(address), response.status_code, began, seconds, address))
    return response
