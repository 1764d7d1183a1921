"""The list of companies, and the first page of each."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from practice.company import ADMINISTRATOR_PASSWORD, Company, Refused, new_company, start_over
from practice.company.users import ADMINISTRATOR
from practice.control_api import forget
from practice.screens.forms import CompanyForm
from practice.screens.pages import MENUS, SCREEN_NAMES, company_view, menu_of, page, try_action
from practice.state import store


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    with store.lock:
        companies = [*store.companies.values()]
    address = request.build_absolute_uri(reverse("gateway"))
    return render(request, "practice/index.html", {"companies": companies, "gateway": address})


@require_safe
def open_screen(request: HttpRequest) -> HttpResponse:
    """Go to a screen by its name, for links from outside. An unknown company or screen leads to the list."""
    company, screen = request.GET.get("company", ""), request.GET.get("screen", "")
    if company not in store.companies or screen not in SCREEN_NAMES:
        return redirect("index")
    return redirect(screen, company)


def company_new(request: HttpRequest) -> HttpResponse:
    form = CompanyForm(request.POST or None)
    if try_action(form, lambda: _add_company(form.cleaned_data)):
        return redirect("company", form.cleaned_data["company_id"])
    return render(request, "practice/company_new.html", {"form": form})


def _add_company(given: dict[str, str]) -> None:
    if given["company_id"] in store.companies:
        raise Refused(f"A company {given['company_id']} already exists.", "company_id")
    practice_company = new_company(
        given["company_id"],
        given["name"],
        multi_entity=given["entities"] == "several",
        multi_currency=given["currencies"] == "several",
        permission_model=given["permission_model"],
    )
    store.companies[practice_company.id] = practice_company


@company_view
@require_safe
def company(request: HttpRequest, company: Company) -> HttpResponse:
    return page(request, company, "company", administrator=ADMINISTRATOR, password=ADMINISTRATOR_PASSWORD)


@company_view
@require_safe
def search(request: HttpRequest, company: Company) -> HttpResponse:
    """Find screens by the words of their path. The only one that fits is opened at once."""
    query = request.GET.get("q", "")
    found = [
        screen
        for screen in MENUS[menu_of(request)]
        if all(word in " ".join(screen.path).lower() for word in query.lower().split())
    ]
    if len(found) == 1:
        return redirect(found[0].name, company.id)
    return page(request, company, "search", "Search", query=query, found=found)


@company_view
@require_POST
def company_reset(request: HttpRequest, company: Company) -> HttpResponse:
    with store.change() as companies:
        companies[company.id] = start_over(company)
    forget(company.id)
    messages.success(request, f"{company.name} was reset to its state before the connection guide.")
    return redirect("index")
