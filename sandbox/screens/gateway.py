"""What goes on at the company's gateway: its mailbox, the requests it was sent, and the weather."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from sandbox import faults
from sandbox.company import Company
from sandbox.gateway import log
from sandbox.screens.forms import WeatherForm
from sandbox.screens.pages import done, of_company, page
from sandbox.world import world

ROWS = 200


@of_company
@require_safe
def mailbox(request: HttpRequest, company: Company) -> HttpResponse:
    mails = [(each, datetime.fromisoformat(each.at)) for each in company.mailbox]
    return page(request, company, "mailbox", mails=mails)


@of_company
@require_safe
def requests(request: HttpRequest, company: Company) -> HttpResponse:
    served = log.of(company.id)
    rows = [_request(each) for each in reversed(served["requests"][-ROWS:])]
    return page(request, company, "requests", rows=rows, count=served["count"])


def _request(served: dict[str, Any]) -> dict[str, Any]:
    counted = {name: Counter(served[name]).items() for name in ("functions", "outcomes")}
    return served | counted | {"at": datetime.fromisoformat(served["at"])}


@of_company
def weather(request: HttpRequest, company: Company) -> HttpResponse:
    form = WeatherForm(request.POST or None)
    if done(form, lambda: _turn_on(company, **form.cleaned_data)):
        messages.success(request, f"Turned on: {faults.FAULTS[form.cleaned_data['name']].label}.")
        return redirect("weather", company.id)
    return page(request, company, "weather", form=form, rows=[_entry(each) for each in company.faults])


def _turn_on(company: Company, name: str, percent: int | None, **limits: Any) -> None:
    share = percent / 100 if percent else None
    faults.add(company, name, share=share, **{key: each or None for key, each in limits.items()})


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    return entry | {"label": faults.FAULTS[entry["name"]].label, "percent": round(entry.get("share", 1) * 100)}


@of_company
@require_POST
def weather_off(request: HttpRequest, company: Company) -> HttpResponse:
    """One kind of weather, or all of it."""
    with world.change():
        stays = request.POST.get("name")
        company.faults = [each for each in company.faults if stays and each["name"] != stays]
    return redirect("weather", company.id)
