"""The pages about the company's gateway: mailbox, requests, and faults."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from practice import faults
from practice.company import Company
from practice.gateway import log
from practice.screens.forms import FaultForm
from practice.screens.pages import company_view, page, try_action
from practice.state import store

ROWS = 200


@company_view
@require_safe
def mailbox(request: HttpRequest, company: Company) -> HttpResponse:
    mails = [(mail, datetime.fromisoformat(mail.at)) for mail in company.mailbox]
    return page(request, company, "mailbox", mails=mails)


@company_view
@require_safe
def requests(request: HttpRequest, company: Company) -> HttpResponse:
    served = log.of(company.id)
    rows = [_request(request_entry) for request_entry in reversed(served["requests"][-ROWS:])]
    return page(request, company, "requests", rows=rows, count=served["count"])


def _request(served: dict[str, Any]) -> dict[str, Any]:
    counted = {name: Counter(served[name]).items() for name in ("functions", "outcomes")}
    return served | counted | {"at": datetime.fromisoformat(served["at"])}


@company_view
def faults_page(request: HttpRequest, company: Company) -> HttpResponse:
    form = FaultForm(request.POST or None)
    if try_action(form, lambda: _turn_on(company, **form.cleaned_data)):
        messages.success(request, f"Turned on: {faults.FAULTS[form.cleaned_data['name']].label}.")
        return redirect("faults", company.id)
    return page(request, company, "faults", form=form, rows=[_entry(fault) for fault in company.faults])


def _turn_on(company: Company, name: str, percent: int | None, **limits: Any) -> None:
    share = percent / 100 if percent else None
    faults.add(company, name, share=share, **{key: value or None for key, value in limits.items()})


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    return entry | {"label": faults.FAULTS[entry["name"]].label, "percent": round(entry.get("share", 1) * 100)}


@company_view
@require_POST
def turn_faults_off(request: HttpRequest, company: Company) -> HttpResponse:
    """Turn off one fault, or all of them."""
    with store.change():
        stays = request.POST.get("name")
        company.faults = [fault for fault in company.faults if stays and fault["name"] != stays]
    return redirect("faults", company.id)
