"""Shared by all screens: the menus, finding the company, and running an action with its errors in the form."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from practice.company import Company, Refused
from practice.state import store

# Each menu with its pages and their URL names. Labels are those of the connection guide.
MENUS = (
    (
        "Company",
        (
            ("Company Info", "info"),
            ("Subscriptions", "subscriptions"),
            ("Web Services Users", "users"),
            ("Roles", "roles"),
            ("Entities", "entities"),
        ),
    ),
    ("Platform Services", (("Custom Fields", "fields"), ("User Defined Dimensions", "dimensions"))),
    ("Customization Services", (("Custom Packages", "package"),)),
    (
        "Practice",
        (
            ("Mailbox", "mailbox"),
            ("Records", "records"),
            ("Requests", "requests"),
            ("Faults", "faults"),
            ("Behavior", "behavior"),
        ),
    ),
)
PATHS = {name: (menu, page) for menu, pages in MENUS for page, name in pages}

Value = TypeVar("Value")


def company_view(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Wrap a view of one company. Hold the lock, so the company cannot change during the request. Unknown: 404."""

    @wraps(view)
    def locked(request: HttpRequest, company: str, **parts: str) -> HttpResponse:
        with store.lock:
            try:
                return view(request, find_or_404(store.companies, company), **parts)
            except Refused as refused:
                raise Http404 from refused

    return locked


def find_or_404(things: Mapping[str, Value], key: str) -> Value:
    if key not in things:
        raise Http404
    return things[key]


def page(
    request: HttpRequest, company: Company, page_name: str, *subtitles: str, template: str = "", **context: Any
) -> HttpResponse:
    """Render the page `page_name`. `subtitles`: titles of the pages below it, for the path."""
    shared = {
        "company": company,
        "menus": MENUS,
        "page_name": page_name,
        "path": (*PATHS.get(page_name, ()), *subtitles),
    }
    return render(request, f"practice/{template or page_name}.html", shared | context)


def try_action(form: forms.Form, action: Callable[[], Any]) -> bool:
    """Run `action` if the form is valid, and return whether it succeeded. A refusal becomes an error of its field."""
    if not form.is_valid():
        return False
    try:
        with store.change():
            action()
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
    return form.is_valid()
