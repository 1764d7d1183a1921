from collections.abc import Callable
from typing import Any

from tests.api.client import ApiClient


class Mirror:
    """A copy of the records that a filter chooses."""

    def __init__(self, api: ApiClient, path: str, query: str = "") -> None:
        self.api, self.path, self.query = api, path, query
        self.records: dict[int, dict[str, Any]] = {}
        self.cursor = ""

    def page(self, limit: int = 2) -> dict[str, Any]:
        cursor = f"&cursor={self.cursor}" if self.cursor else ""
        response = self.api.get(f"{self.path}?limit={limit}{cursor}{self.query}")
        assert response.status_code == 200, response.content
        page: dict[str, Any] = response.json()
        return page

    def follow(self, between: Callable[[], object] = lambda: None) -> list[str]:
        """Apply every page twice, until nothing is left. Returns what the pages reported."""
        reported = []
        while True:
            page = self.page()
            for item in [*page["data"], *page["data"]]:
                self.apply(item)
            reported += [f"{item['change']} {item['key']}" for item in page["data"]]
            self.cursor = page["next_cursor"]
            if not page["has_more"]:
                return reported
            between()

    def apply(self, item: dict[str, Any]) -> None:
        if item["change"] == "deleted":
            self.records.pop(item["key"], None)
        else:
            self.records[item["key"]] = item["fields"]
