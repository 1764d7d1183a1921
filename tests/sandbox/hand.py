"""A person at the practice company's screens whose browser has no scripts: reads, fills in forms, presses buttons."""

from typing import Any
from urllib.parse import urljoin

import requests
from lxml import html

from tests.support.stack import Practice


def words(element: Any) -> str:
    return " ".join(element.text_content().split())


class Hand:
    def __init__(self, practice: Practice, company: str = "MAPLE-RIDGE") -> None:
        self.root = f"{practice.address}/companies/{company}"
        self.http = requests.Session()
        self.go()

    def go(self, place: str = "") -> "Hand":
        return self.visit(f"{self.root}/{place}".rstrip("/"))

    def visit(self, address: str) -> "Hand":
        return self._show(self.http.get(address, timeout=20))

    def _show(self, response: requests.Response) -> "Hand":
        self.status, self.address = response.status_code, response.url
        self.page: Any = html.document_fromstring(response.text, base_url=response.url)  # lxml's stubs know no forms.
        return self

    @property
    def text(self) -> str:
        return words(self.page.get_element_by_id("main"))

    @property
    def errors(self) -> list[str]:
        return [words(each) for each in self.page.find_class("errorlist")]

    def field(self, label: str) -> Any:
        """The input that a label names; fails unless there is exactly one."""
        (found,) = [each for each in self.page.iter("label") if words(each) == label]
        return found.find("input") if found.find("input") is not None else found.for_element

    def fill(self, **values: str) -> "Hand":
        """By label, with underscores for its spaces."""
        for label, value in values.items():
            self.field(label.replace("_", " ")).value = value
        return self

    def tick(self, *labels: str, on: bool = True) -> "Hand":
        for label in labels:
            self.field(label).checked = on
        return self

    def press(self, name: str, **files: tuple[str, bytes]) -> "Hand":
        (button,) = [each for each in self.page.iter("button") if words(each) == name]
        form = next(button.iterancestors("form"))
        sent = [*form.form_values(), (button.get("name", ""), button.get("value", ""))]
        action = form.action or self.address
        address = urljoin(self.address, action)
        return self._show(self.http.post(address, sent, files=files or None, timeout=20))

    def send(self, place: str, **values: Any) -> "Hand":
        """What no form of these pages would send."""
        self.go("info/edit")  # Any page with a form gives the token.
        token = {"csrfmiddlewaretoken": self.http.cookies.get("practice_csrf", "")}
        return self._show(self.http.post(f"{self.root}/{place}", values | token, timeout=20))
