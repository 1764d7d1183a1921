"""The permissions page of a role or user: for each application, a checkbox for each right of each row."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from intacct import catalogue
from practice.company import Company, Rights
from practice.policies import Policy
from practice.screens.pages import page
from practice.state import store


@dataclass(frozen=True)
class Row:
    slug: str
    name: str
    boxes: list[tuple[str, bool]]


@dataclass(frozen=True)
class Application:
    slug: str
    name: str
    subscribed: bool
    rows: list[Row]

    @property
    def ticked_count(self) -> int:
        return sum(on for row in self.rows for _, on in row.boxes)


def permissions_page(
    request: HttpRequest, company: Company, page_name: str, name: str, rights: Rights, replace: Callable[[Rights], None]
) -> HttpResponse:
    if request.method == "POST":
        with store.change():
            replace({row.slug: {*request.POST.getlist(row.slug)} for row in company.policies()})
        messages.success(request, f"The permissions of {name} were saved.")
        return redirect(page_name, company.id)
    context = {"heading": f"Subscriptions of {name}", "applications": _applications(company, rights)}
    return page(request, company, page_name, name, "Subscriptions", template="permissions", **context)


def _applications(company: Company, rights: Rights) -> list[Application]:
    return [
        Application(
            module.slug,
            module.name,
            company.is_subscribed(module.slug),
            [_row(policy, rights) for policy in company.policies() if policy.module == module.slug],
        )
        for module in catalogue.MODULES
    ]


def _row(policy: Policy, rights: Rights) -> Row:
    ticked = rights.get(policy.slug, set())
    return Row(policy.slug, policy.name, [(right, right in ticked) for right in policy.rights])
