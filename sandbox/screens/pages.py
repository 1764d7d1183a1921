"""What every screen has in common: the menus, the company it is about, and how an act is tried."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from sandbox.company import Company, Refused
from sandbox.world import world

# Menu, and in it each page with the name of its address: as the connection guide calls them.
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
            ("Weather", "weather"),
            ("Circumstances", "circumstances"),
        ),
    ),
)
PATHS = {name: (menu, page) for menu, pages in MENUS for page, name in pages}

Found = TypeVar("Found")


def of_company(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view of one company, which stays as it is until the page is made. What is not there is a 404."""

    @wraps(view)
    def locked(request: HttpRequest, company: str, **parts: str) -> HttpResponse:
        with world.lock:
            try:
                return view(request, among(world.companies, company), **parts)
            except Refused as refused:
                raise Http404 from refused

    return locked


def among(things: Mapping[str, Found], key: str) -> Found:
    if key not in things:
        raise Http404
    return things[key]


def page(
    request: HttpRequest, company: Company, place: str, *deeper: str, template: str = "", **context: Any
) -> HttpResponse:
    """The page called `place`, or one `deeper` in it."""
    shared = {"company": company, "menus": MENUS, "place": place, "path": (*PATHS.get(place, ()), *deeper)}
    return render(request, f"practice/{template or place}.html", shared | context)


def done(form: forms.Form, act: Callable[[], Any]) -> bool:
    """Do it if the form is right. What the company refuses is told beside the field it is about."""
    if not form.is_valid():
        return False
    try:
        with world.change():
            act()
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
    return form.is_valid()
