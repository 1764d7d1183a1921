"""A browser without JavaScript for the practice company's screens: reads pages, fills in forms, presses buttons."""

from typing import Any
from urllib.parse import urljoin

import requests
from lxml import html

from tests.support.stack import Practice


def words(element: Any) -> str:
    return " ".join(element.text_content().split())


class ScreenClient:
    def __init__(self, practice: Practice, company: str = "MAPLE-RIDGE") -> None:
        self.root = f"{practice.address}/companies/{company}"
        self.http = requests.Session()
        self.go()

    def go(self, place: str = "") -> "ScreenClient":
        return self.visit(f"{self.root}/{place}".rstrip("/"))

    def visit(self, address: str) -> "ScreenClient":
        return self._show(self.http.get(address, timeout=20))

    def _show(self, response: requests.Response) -> "ScreenClient":
        self.status, self.address = response.status_code, response.url
        page: Any = html.document_fromstring(response.text, base_url=response.url)  # lxml's stubs know no forms.
        # The search for screens is on every page. Without it, a page's own form is the first one.
        for search in page.find_class("search"):
            search.drop_tree()
        self.page = page
        return self

    @property
    def text(self) -> str:
        return words(self.page.get_element_by_id("main"))

    @property
    def errors(self) -> list[str]:
        return [words(element) for element in self.page.find_class("errorlist")]

    def field(self, label: str) -> Any:
        """Return the input of a label. Fail unless there is exactly one such label."""
        (label_for,) = [label_element for label_element in self.page.iter("label") if words(label_element) == label]
        return label_for.find("input") if label_for.find("input") is not None else label_for.for_element

    def fill(self, **values: str) -> "ScreenClient":
        """Fill in inputs by label, with underscores for spaces."""
        for label, value in values.items():
            self.field(label.replace("_", " ")).value = value
        return self

    def tick(self, *labels: str, on: bool = True) -> "ScreenClient":
        for label in labels:
            self.field(label).checked = on
        return self

    def press(self, name: str, **files: tuple[str, bytes]) -> "ScreenClient":
        (button,) = [button for button in self.page.iter("button") if words(button) == name]
        form = next(button.iterancestors("form"))
        sent = [*form.form_values(), (button.get("name", ""), button.get("value", ""))]
        action = form.action or self.address
        address = urljoin(self.address, action)
        return self._show(self.http.post(address, sent, files=files or None, timeout=20))

    def create_field(self, *, object: str, data_type: str, **values: str) -> "ScreenClient":
        """Go through the three pages of the dialog."""
        self.go("fields/add").fill(Object=object).press("Next").fill(Data_Type=data_type).press("Next")
        return self.fill(**values).press("Done")

    def send(self, place: str, **values: Any) -> "ScreenClient":
        """Post values that no form of these pages would send."""
        self.go("info/edit")  # Any page with a form has the token.
        token = {"csrfmiddlewaretoken": self.http.cookies.get("practice_csrf", "")}
        return self._show(self.http.post(f"{self.root}/{place}", values | token, timeout=20))
