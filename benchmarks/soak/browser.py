"""A browser without scripts: it requests pages, follows links and submits forms."""

from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import requests
from django.urls import Resolver404, resolve
from lxml import html

from .figures import Answer

LEFT_OUT = ("/emails/", "/demonstration/", "/static/", "/language/")
"""Links that no user of a deployment has, or that are no pages."""
PATIENCE = 60.0


class Browser:
    def __init__(self, url: str, answers: list[Answer]) -> None:
        self.url = url
        self.answers = answers
        self.session = requests.Session()
        self.address = ""
        self.page: Any = None

    def get(self, address: str) -> None:
        self._send("GET", address)

    def submit(self, is_meant: Callable[[Any], object], **values: str) -> bool:
        """Submit the first such form of the page with these values. Return False if it has none."""
        form = next((form for form in self.forms if is_meant(form)), None)
        if form is None:
            return False
        self._send("POST", form.action, dict(form.form_values()) | values)
        return True

    @property
    def forms(self) -> Iterable[Any]:
        return [] if self.page is None else [form for form in self.page.forms if form.method == "POST"]

    @property
    def links(self) -> list[str]:
        if self.page is None:
            return []
        links = [link.get("href") for link in self.page.iterfind(".//a[@href]")]
        paths = [link.removeprefix(self.url) for link in links if link.startswith(self.url + "/")]
        return [path for path in paths if not path.startswith(LEFT_OUT)]

    def _send(self, method: str, address: str, values: dict[str, str] | None = None) -> None:
        address = address if address.startswith("http") else self.url + address
        self.page, began = None, monotonic()
        try:
            response = self.session.request(method, address, data=values, timeout=PATIENCE)
        except requests.RequestException:
            self.answers.append(Answer(page_name(address), 0, began, monotonic() - began, address))
            return
        for answer in (*response.history, response):
            seconds = answer.elapsed.total_seconds()
            self.answers.append(Answer(page_name(answer.url), answer.status_code, began, seconds, answer.url))
        self.address = response.url
        if response.headers.get("Content-Type", "").startswith("text/html") and response.content:
            self.page = html.fromstring(response.content)
            self.page.make_links_absolute(response.url)
            for form in self.page.forms:
                form.action = form.action or response.url


def page_name(address: str) -> str:
    try:
        return str(resolve(urlsplit(address).path).view_name)
    except Resolver404:
        return urlsplit(address).path
