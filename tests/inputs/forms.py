"""The forms of a page, read from its HTML as a browser does."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.urls import resolve
from lxml import html

from core.form_tokens import TOKEN

Data = dict[str, list[str]]
# A value that each kind of field accepts.
SAMPLES = {
    "email": "someone@example.com",
    "password": "correct horse battery",
    "date": "2026-03-01",
    "datetime-local": "2026-03-01T05:00",
    "time": "05:00",
    "number": "1",
}
# Of fields that take the name of a row.
NAMES = {"customer": "Hillside Foods"}
LONGER_THAN_ANY = 5_000


@dataclass
class Form:
    """A form with the data that a browser would send, and the maximum length of each field."""

    visitor: str
    page: str
    action: str
    method: str
    data: Data = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    # Of boxes, radio buttons and lists: the values that can be chosen, and those that are.
    choices: Data = field(default_factory=dict)
    chosen: Data = field(default_factory=dict)
    has_token: bool = False
    is_folded: bool = False
    names: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """The name of the address to which the form is sent."""
        return resolve(urlsplit(self.action).path).view_name

    @property
    def key(self) -> tuple[object, ...]:
        """An ID of the form. The same form on the page of another object has the same ID."""
        return self.visitor == "handover_guest", self.name, *sorted(self.data)


def forms_of(visitor: str, page: str, body: str) -> Iterator[Form]:
    for element in html.document_fromstring(body).iter("form") if "<form" in body else ():
        action = urlsplit(urljoin(page, element.get("action") or page))
        form = Form(visitor, page, action._replace(fragment="").geturl(), (element.get("method") or "get").lower())
        form.is_folded = bool(element.xpath("ancestor::details[not(@open)]"))
        for control in element.iter("input", "select", "textarea", "button"):
            if control.get("name"):
                form.has_token |= control.get("name") == TOKEN
                _fill(form, control)
        yield form


def _fill(form: Form, control: Any) -> None:
    name, kind = control.get("name"), control.get("type", "text") if control.tag == "input" else control.tag
    if name in ("csrfmiddlewaretoken", TOKEN):
        return
    form.limits[name] = int(control.get("maxlength") or LONGER_THAN_ANY)
    form.kinds[name] = kind
    values = form.data.setdefault(name, [])
    if kind == "select":
        options = [
            option for option in control.iter("option") if option.get("disabled") is None and option.get("value")
        ]
        chosen = [option for option in options if option.get("selected") is not None] or options[:1]
        values.extend(option.get("value") for option in chosen)
        _fill_choice(form, name, control.iter("option"), "selected")
    elif kind in ("radio", "checkbox"):
        if control.get("checked") is not None or not values:
            values.append(control.get("value", "on"))
        _fill_choice(form, name, [control], "checked")
    elif kind != "button" and control.get("type") != "submit":
        # A browser ignores a line break at the start of a text area.
        value = control.get("value") or (control.text or "").removeprefix("\n")
        values.append(value or NAMES.get(name) or SAMPLES.get(kind, "Something"))


def _fill_choice(form: Form, name: str, options: Iterable[Any], mark: str) -> None:
    chosen = form.chosen.setdefault(name, [])
    for option in options:
        if option.get("disabled") is None:
            value = option.get("value", "on")
            form.choices.setdefault(name, []).append(value)
            chosen.extend([value] if option.get(mark) is not None else [])
