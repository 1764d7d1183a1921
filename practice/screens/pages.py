"""Shared by all screens: the menus, finding the company, and running an action with its errors in the form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from practice.company import Company, Refused
from practice.state import store


@dataclass(frozen=True)
class Screen:
    """An entry of a menu. `group`: its heading there; empty if it has none. `name`: of its URL."""

    menu: str
    group: str
    label: str
    name: str

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.menu, self.group, self.label)))


ENTITIES = Screen("Company", "", "Entities", "entities")
SHARED = (
    Screen("Platform Services", "", "Custom Fields", "fields"),
    Screen("Platform Services", "", "Custom Packages", "package"),
    Screen("Platform Services", "", "User Defined Dimensions", "dimensions"),
    Screen("Customization Services", "", "Custom Fields", "fields"),
    Screen("Customization Services", "", "Custom Packages", "package"),
    Screen("Practice", "", "Mailbox", "mailbox"),
    Screen("Practice", "", "Records", "records"),
    Screen("Practice", "", "Requests", "requests"),
    Screen("Practice", "", "Faults", "faults"),
    Screen("Practice", "", "Behavior", "behavior"),
)
# Intacct's current menu, and the older one that some companies still see. Labels are those of the connection guide.
CURRENT, OLDER = "current", "older"
MENU = "menu"
"""The name of the parameter and of the cookie that choose one of them."""
MENUS = {
    CURRENT: (
        Screen("Company", "Admin", "Subscriptions", "subscriptions"),
        Screen("Company", "Admin", "Web Services users", "users"),
        Screen("Company", "Admin", "Roles", "roles"),
        Screen("Company", "Setup", "Company", "info"),
        ENTITIES,
        Screen("Accounts Payable", "All", "Bills", "bills"),
        Screen("Accounts Payable", "All", "Vendors", "vendors"),
        Screen("Accounts Payable", "Setup", "Configuration", "bill-rules"),
        Screen("General Ledger", "All", "Books", "books"),
        *SHARED,
    ),
    OLDER: (
        Screen("Company", "", "Company Info", "info"),
        Screen("Company", "", "Subscriptions", "subscriptions"),
        Screen("Company", "", "Web Services Users", "users"),
        Screen("Company", "", "Roles", "roles"),
        ENTITIES,
        Screen("Accounts Payable", "", "Bills", "bills"),
        Screen("Accounts Payable", "", "Vendors", "vendors"),
        Screen("Accounts Payable", "", "Configure Accounts Payable", "bill-rules"),
        Screen("General Ledger", "", "Open Books", "books"),
        *SHARED,
    ),
}
SCREEN_NAMES = frozenset(screen.name for screen in MENUS[CURRENT])

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
    kind = menu_of(request)
    path = next((screen.path for screen in MENUS[kind] if screen.name == page_name), ())
    shared = {
        "company": company,
        "screens": MENUS[kind],
        "other_menu": OLDER if kind == CURRENT else CURRENT,
        "is_older": kind == OLDER,
        "page_name": page_name,
        "path": (*path, *subtitles),
    }
    response = render(request, f"practice/{template or page_name}.html", shared | context)
    response.set_cookie(MENU, kind, samesite="Lax")
    return response


def menu_of(request: HttpRequest) -> str:
    """Which of Intacct's menus to show: the one just chosen, or the one chosen last."""
    kind = request.GET.get(MENU) or request.COOKIES.get(MENU)
    return kind if kind in MENUS else CURRENT


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
